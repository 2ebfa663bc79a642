"""Combined frequency and periodicity, in float64, with FFTs of whole frames."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from layers.definitions.fourier import Real

Outputs = tuple[Real, Real, Real, Real]


def combined_frequency_periodicity(
    audio: Real,
    *,
    fr: float,
    fs: float,
    hop_length: int,
    window_size: int,
    fc: float = 80,
    tc: float = 1 / 1000,
    g: Sequence[float] = (0.24, 0.6, 1),
    NumPerOct: int = 48,  # noqa: N803 - nnAudio's name
    inner_frames: bool = False,
) -> Outputs:
    """Product, spectrum, enhanced spectrum and periodicity, each ``(bins, frames)``."""
    size = int(fs / fr)
    magnitude = _magnitude(audio, size, hop_length, window_size)
    if inner_frames:
        magnitude = magnitude[1:-1]

    spectrum, cepstrum = magnitude ** g[0], np.zeros_like(magnitude)
    for index, exponent in enumerate(g[1:]):
        to_cepstrum = index % 2 == 0
        values = np.fft.fft(spectrum if to_cepstrum else cepstrum, axis=1).real / math.sqrt(size)
        values = np.maximum(values, 0)
        values = np.log(values + 1e-8) if exponent == 0 else values**exponent
        cut = round(fs * tc) if to_cepstrum else round(fc / fr)
        values[:, :cut] = 0
        values[:, size - cut :] = 0
        if to_cepstrum:
            cepstrum = values
        else:
            spectrum = values

    hz = [fs * k / (2 * (size // 2 - 1)) for k in range(round(1 / tc / fr) + 1)]
    periods = [math.inf, *(1 / (k / fs) for k in range(1, round(fs / fc) + 1))]
    by_frequency = _filters(hz, fc, tc, NumPerOct, fr)
    by_period = _filters(periods, fc, tc, NumPerOct, None)
    plain = by_frequency @ magnitude[:, : len(hz)].T
    frequency = by_frequency @ spectrum[:, : len(hz)].T
    periodicity = by_period @ cepstrum[:, : len(periods)].T
    return frequency * periodicity, plain, frequency, periodicity


def _filters(
    points: Sequence[float], fc: float, tc: float, per_octave: int, fr: float | None
) -> Real:
    """Triangles over geometrically spaced centres; where the nearest bin is the same, that one."""
    centres = [fc]
    while fc * 2 ** (len(centres) / per_octave) < 1 / tc:
        centres.append(fc * 2 ** (len(centres) / per_octave))
    filters = np.zeros((len(centres) - 1, len(points)))
    for row in range(1, len(centres) - 1):
        low, centre, high = centres[row - 1 : row + 2]
        if fr is not None and round(low / fr) == round(high / fr):
            filters[row, round(low / fr)] = 1
            continue
        for column, point in enumerate(points):
            if low < point < centre:
                filters[row, column] = (point - low) / (centre - low)
            elif centre < point < high:
                filters[row, column] = (high - point) / (high - centre)
    return filters


def _magnitude(audio: Real, size: int, hop_length: int, window_size: int) -> Real:
    """Of the whole DFT, with a Blackman-Harris window of unit norm, ``(frames, size)``."""
    frame = np.zeros(size)
    start = (size - window_size) // 2
    turns = 2 * np.pi * np.arange(window_size) / (window_size - 1)
    window = 0.35875 - 0.48829 * np.cos(turns) + 0.14128 * np.cos(2 * turns)
    window -= 0.01168 * np.cos(3 * turns)
    frame[start : start + window_size] = window / np.sqrt((window**2).sum())
    padded = np.pad(audio, size // 2)
    count = 1 + (len(padded) - size) // hop_length
    frames = np.stack([padded[m * hop_length : m * hop_length + size] for m in range(count)])
    return np.asarray(np.abs(np.fft.fft(frames * frame, axis=1)))


def periodic_frames(
    audio: Real,
    *,
    fr: float,
    fs: float,
    hop_length: int,
    window_size: int,
    tc: float = 1 / 1000,
    g: Sequence[float] = (0.24, 0.6, 1),
    **_: object,
) -> Real:
    """1 for frames whose cepstrum has a value above 1e-2 of its mean, ``(1, frames)``."""
    size = int(fs / fr)
    spectrum = _magnitude(audio, size, hop_length, window_size) ** g[0]
    cepstrum = np.fft.fft(spectrum, axis=1).real[:, : size // 2 + 1]
    above = cepstrum[:, round(fs * tc) :].max(axis=1) >= 1e-2 * cepstrum[:, 0]
    return above[None].astype(np.float64)
