"""The transforms as their definitions state them, in float64 NumPy.

Written from the mathematics and from librosa's documentation, with explicit sums where they can
be afforded: nothing here comes from the package under test.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]
Spectrum = NDArray[np.complex128]
Window = str | tuple[str, float]


def window_values(window: Window, length: int) -> Real:
    """A periodic window: one period of the symmetric window of ``length + 1`` samples."""
    if length == 1:
        return np.ones(1)
    n = np.arange(length)
    if window == "hann":
        return 0.5 - 0.5 * np.cos(2 * np.pi * n / length)
    if window == "hamming":
        return 0.54 - 0.46 * np.cos(2 * np.pi * n / length)
    if window == "boxcar":
        return np.ones(length)
    if isinstance(window, tuple) and window[0] == "kaiser":
        beta = window[1]
        return np.asarray(np.i0(beta * np.sqrt(1 - (2 * n / length - 1) ** 2)) / np.i0(beta))
    raise NotImplementedError(window)


def centred_window(window: Window, win_length: int, n_fft: int) -> Real:
    """The window in the middle of a frame of zeros; an odd remainder goes behind it."""
    frame = np.zeros(n_fft)
    start = (n_fft - win_length) // 2
    frame[start : start + win_length] = window_values(window, win_length)
    return frame


def frames_of(audio: Real, n_fft: int, hop: int, center: bool, pad_mode: str) -> Real:
    """``(frames, n_fft)``: every full frame, after padding half a frame on both sides."""
    if center and pad_mode == "reflect":
        audio = np.pad(audio, n_fft // 2, mode="reflect")
    elif center:
        audio = np.pad(audio, n_fft // 2)
    count = 1 + (len(audio) - n_fft) // hop
    return np.stack([audio[m * hop : m * hop + n_fft] for m in range(count)])


def stft(
    audio: Real,
    *,
    n_fft: int,
    hop: int,
    win_length: int | None = None,
    window: Window = "hann",
    center: bool = True,
    pad_mode: str = "reflect",
    frequencies: Real | None = None,
    sr: float = 22050,
) -> Spectrum:
    """``X[k, m] = sum_n x[m hop + n] w[n] exp(-2j pi f_k n / sr)``, ``(bins, frames)``.

    ``frequencies`` in Hz; None for the uniform ones of the DFT up to Nyquist.
    """
    taper = centred_window(window, win_length or n_fft, n_fft)
    frames = frames_of(audio, n_fft, hop, center, pad_mode) * taper
    if frequencies is None:
        return np.asarray(np.fft.rfft(frames, axis=1).T)
    n = np.arange(n_fft)
    exponentials = np.exp(-2j * np.pi * np.outer(frequencies, n) / sr)
    return np.asarray(exponentials @ frames.T)


def spaced_frequencies(scale: str, bins: int, fmin: float, fmax: float) -> Real:
    """``bins`` frequencies in Hz from fmin, fmax excluded, as nnAudio documents them."""
    if scale == "linear":
        return np.asarray([fmin + (fmax - fmin) * k / bins for k in range(bins)])
    if scale == "log":
        span = math.log(fmax) - math.log(fmin)
        return np.asarray([math.exp(math.log(fmin) + span * k / bins) for k in range(bins)])
    octaves = math.log2(fmax / fmin)
    return np.asarray([fmin * 2 ** (octaves * k / bins) for k in range(bins)])


def as_pairs(spectrum: Spectrum) -> Real:
    """Real and imaginary part on a last axis."""
    return np.stack([spectrum.real, spectrum.imag], axis=-1)


def phase(spectrum: Spectrum) -> Real:
    return np.asarray(np.angle(spectrum))


def cos_sin(spectrum: Spectrum) -> Real:
    """Cosine and sine of the phase on a last axis; the phase of 0 is 0."""
    return as_pairs(np.exp(1j * np.angle(spectrum)))


def overlap_add(
    pairs: Real,
    *,
    n_fft: int,
    hop: int,
    win_length: int | None = None,
    window: Window = "hann",
    center: bool = True,
    full: bool = False,
    length: int | None = None,
) -> tuple[Real, Real]:
    """Least-squares inverse (Griffin & Lim 1984, eq. 6): ``sum w x_m / sum w^2``.

    ``pairs`` is ``(bins, frames, 2)``; bins that a one-sided spectrum lacks are zero.

    Returns:
        The audio and the sum of squared windows at each of its samples.
    """
    spectrum = pairs[..., 0] + 1j * pairs[..., 1]
    if full:
        frames = np.fft.ifft(spectrum, axis=0).real.T
    else:
        frames = np.fft.irfft(spectrum, n_fft, axis=0).T  # pads missing bins with zeros
    taper = centred_window(window, win_length or n_fft, n_fft)
    total = n_fft + (len(frames) - 1) * hop
    audio, weight = np.zeros(total), np.zeros(total)
    for m, frame in enumerate(frames):
        audio[m * hop : m * hop + n_fft] += taper * frame
        weight[m * hop : m * hop + n_fft] += taper**2
    audio /= np.where(weight > 1e-10, weight, 1.0)
    start = n_fft // 2 if center else 0
    if length is None:
        return audio[start : total - start], weight[start : total - start]
    both = np.stack([audio, weight])[:, start : start + length]
    padded = np.pad(both, ((0, 0), (0, length - both.shape[1])))
    return padded[0], padded[1]


def hz_to_mel(hz: float, htk: bool) -> float:
    """HTK: ``2595 log10(1 + f / 700)``. Slaney: linear to 1 kHz = 15 mel, then logarithmic."""
    if htk:
        return 2595 * math.log10(1 + hz / 700)
    return hz * 3 / 200 if hz < 1000 else 15 + 27 * math.log(hz / 1000, 6.4)


def mel_to_hz(mel: float, htk: bool) -> float:
    if htk:
        return 700 * (10 ** (mel / 2595) - 1)
    return mel * 200 / 3 if mel < 15 else 1000 * 6.4 ** ((mel - 15) / 27)


@cache
def mel_filters(
    *, sr: float, n_fft: int, n_mels: int, fmin: float, fmax: float, htk: bool, area: bool
) -> Real:
    """Triangles with edges equally spaced in mel, of unit peak or unit area, ``(mels, bins)``."""
    low, high = hz_to_mel(fmin, htk), hz_to_mel(fmax, htk)
    edges = [mel_to_hz(low + (high - low) * m / (n_mels + 1), htk) for m in range(n_mels + 2)]
    filters = np.zeros((n_mels, n_fft // 2 + 1))
    for m, (left, centre, right) in enumerate(zip(edges, edges[1:], edges[2:], strict=False)):
        peak = 2 / (right - left) if area else 1.0
        for k in range(n_fft // 2 + 1):
            hz = k * sr / n_fft
            if left < hz <= centre:
                filters[m, k] = peak * (hz - left) / (centre - left)
            elif centre < hz < right:
                filters[m, k] = peak * (right - hz) / (right - centre)
    return filters


def mel(
    spectrum: Spectrum,
    *,
    sr: float,
    n_fft: int,
    n_mels: int,
    power: float = 2.0,
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
    area: bool = True,
) -> Real:
    """Magnitude to a power, through the mel filters, ``(mels, frames)``."""
    filters = mel_filters(
        sr=sr, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax or sr / 2, htk=htk, area=area
    )
    return np.asarray(filters[:, : len(spectrum)] @ np.abs(spectrum) ** power)


def decibel(power: Real, ref: float = 1.0, amin: float = 1e-10, top_db: float | None = 80) -> Real:
    """``10 log10(max(power, amin) / max(ref, amin))``, at most ``top_db`` below the loudest."""
    level = 10 * np.log10(np.maximum(power, amin)) - 10 * np.log10(max(abs(ref), amin))
    return level if top_db is None else np.maximum(level, level.max() - top_db)


def dct(values: Real, n_out: int, ortho: bool = True) -> Real:
    """Type-II DCT over the first axis: ``y[k] = 2 sum_n x[n] cos(pi k (2 n + 1) / (2 N))``."""
    size = len(values)
    rows = []
    for k in range(n_out):
        row = 2 * np.cos(np.pi * k * (2 * np.arange(size) + 1) / (2 * size)) @ values
        scale = math.sqrt(1 / (4 * size)) if k == 0 else math.sqrt(1 / (2 * size))
        rows.append(row * scale if ortho else row)
    return np.stack(rows)


def clear_phase(spectrum: Spectrum) -> NDArray[np.bool_]:
    """Where a phase is compared: the magnitude is above 1e-4 of its maximum."""
    magnitude = np.abs(spectrum)
    return np.asarray(magnitude > 1e-4 * max(magnitude.max(), 1e-12))
