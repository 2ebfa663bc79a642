"""The constant-Q transform, in float64."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from layers.definitions.fourier import Real, Spectrum, Window, window_values
from numpy.typing import NDArray


def bin_frequencies(fmin: float, bins: int, per_octave: int) -> list[float]:
    return [fmin * 2 ** (k / per_octave) for k in range(bins)]


def filter_length(
    hz: float, sr: float, per_octave: int, scale: float = 1, gamma: float | None = 0
) -> float:
    """``Q sr / (f + gamma / alpha)``; of ``gamma=None``, 24.7 alpha / 0.108 (ERB)."""
    # f[k + 1] - f[k - 1] over f[k + 1] + f[k - 1]
    up, down = 2 ** (1 / per_octave), 2 ** (-1 / per_octave)
    alpha = (up - down) / (up + down)
    width = alpha * hz + (24.7 * alpha / 0.108 if gamma is None else gamma)
    return scale * sr / width


@cache
def wavelet(
    hz: float, length: float, sr: float, window: Window, norm: float | None
) -> tuple[int, NDArray[np.complex128]]:
    """First time and values: from ``floor(-length / 2)`` up to, not including, that of +."""
    first, end = math.floor(-length / 2), math.floor(length / 2)
    turns = [(hz * t / sr) % 1 for t in range(first, end)]
    taper = window_values(window, end - first)
    if norm == math.inf:
        taper = taper / taper.max()
    elif norm is not None:
        taper = taper / (taper**norm).sum() ** (1 / norm)
    return first, np.asarray(taper * np.exp(2j * np.pi * np.asarray(turns)), np.complex128)


def cqt(
    audio: Real,
    *,
    sr: float,
    hop_length: int,
    fmin: float,
    n_bins: int,
    bins_per_octave: int,
    filter_scale: float = 1,
    norm: float | None = 1,
    window: Window = "hann",
    gamma: float | None = 0,
    center: bool = True,
    pad_mode: str = "reflect",
    normalization_type: str = "librosa",
) -> Spectrum:
    """``X[k, m] = g_k sum_t x[m hop + t] conj(w_k[t])``, ``(bins, frames)``."""
    frequencies = bin_frequencies(fmin, n_bins, bins_per_octave)
    lengths = [filter_length(hz, sr, bins_per_octave, filter_scale, gamma) for hz in frequencies]
    half = max(math.ceil(length / 2) for length in lengths)
    if center and pad_mode == "reflect":
        audio = np.pad(audio, half, mode="reflect")
    elif center:
        audio = np.pad(audio, half)
    count = 1 + (len(audio) - 2 * half) // hop_length
    rows = []
    for hz, length in zip(frequencies, lengths, strict=True):
        first, values = wavelet(hz, length, sr, window, norm)
        gain = {"librosa": math.sqrt(length), "convolutional": 1.0, "wrap": 2.0}
        starts = [half + first + m * hop_length for m in range(count)]
        frames = np.stack([audio[s : s + len(values)] for s in starts])
        rows.append(gain[normalization_type] * frames @ values.conj())
    return np.stack(rows)


def lowpass(edge: float) -> Real:
    """Kaiser window of 100 dB on a sinc with its cut-off at a quarter of the rate."""
    taps = (100 - 7.95) / (2.285 * 2 * math.pi * (0.5 - 2 * edge))
    reach = 2 * math.ceil((taps / 2 - 1) / 2) + 1
    n = np.arange(-reach, reach + 1)
    beta = 0.1102 * (100 - 8.7)
    values = np.sinc(n / 2) * np.i0(beta * np.sqrt(1 - (n / reach) ** 2))
    return np.asarray(values / values.sum())


def spread(taps: Real, step: int) -> Real:
    """The taps with zeros between them."""
    spaced = np.zeros((len(taps) - 1) * step + 1)
    spaced[::step] = taps
    return spaced


def cqt_by_octaves(
    audio: Real,
    *,
    sr: float,
    hop_length: int,
    fmin: float,
    n_bins: int,
    bins_per_octave: int,
    early: int,
    norm: float | None = 1,
    center: bool = True,
    pad_mode: str = "reflect",
) -> Spectrum:
    """:func:`cqt` with a Hann window, without any change of rate.

    Before each octave but the highest (and ``early`` times before that), a low-pass takes away what
    a halved rate could not hold; the lower the octave, the fewer samples its wavelet then takes
    into account: every ``2 ** (early + octave)``-th.
    """
    frequencies = bin_frequencies(fmin, n_bins, bins_per_octave)
    lengths = [filter_length(hz, sr, bins_per_octave) for hz in frequencies]
    half = max(math.ceil(length / 2) for length in lengths)
    if center and pad_mode == "reflect":
        audio = np.pad(audio, half, mode="reflect")
    elif center:
        audio = np.pad(audio, half)
    count = 1 + (len(audio) - 2 * half) // hop_length

    margin = 40 * half  # of zeros: more than any filter reaches
    audio = np.pad(audio, margin)
    up, down = 2 ** (1 / bins_per_octave), 2 ** (-1 / bins_per_octave)
    # The highest wavelet is kept up to four bandwidths above its centre.
    top = frequencies[-1] * (1 + 4 * (up - down) / (up + down)) / sr
    rows: list[Spectrum] = []
    step = 1
    for k in reversed(range(n_bins)):
        octave = (n_bins - 1 - k) // bins_per_octave
        while step < 2 ** (early + octave):
            wanted = top * (step if step < 2**early else 2 ** (early - 1))
            audio = np.convolve(audio, spread(lowpass(min(wanted, 0.22)), step), mode="same")
            step *= 2
        first, end = math.floor(-lengths[k] / 2), math.floor(lengths[k] / 2)
        times = np.arange(-(-first // step) * step, end, step)
        window = 0.5 - 0.5 * np.cos(2 * np.pi * (times - first) / (end - first))
        full = window_values("hann", end - first)
        size = 1.0 if norm is None else (full**norm).sum() ** (1 / norm)
        wave = step / size * window * np.exp(2j * np.pi * frequencies[k] / sr * times)
        centres = margin + half + hop_length * np.arange(count)
        frames = audio[centres[:, None] + times]
        rows.insert(0, math.sqrt(lengths[k]) * frames @ wave.conj())
    return np.stack(rows)
