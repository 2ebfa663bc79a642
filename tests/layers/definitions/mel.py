"""Mel filters, decibels and the discrete cosine transform, in float64."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from layers.definitions.fourier import Real, Spectrum


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
