"""Gammatone filters over Fourier bins, in float64."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from layers.definitions.fourier import Real, Spectrum


@cache
def gammatone_filters(*, sr: float, n_fft: int, n_bins: int, fmin: float, fmax: float) -> Real:
    """Magnitudes of the filters' responses at the bins, 1 at their centres, over ``n_fft``.

    The gammatone ``t^3 exp(-b t) cos(w t)`` has the Laplace transform of four cascaded sections
    with impulse responses ``exp(-b t) (cos(w t) + c sin(w t))``, ``c = +-sqrt(3 +- sqrt(8))``
    (Slaney 1993). Here each is sampled, and its Fourier sum taken term by term.
    """
    bins = 2 * np.pi * np.arange(n_fft // 2 + 1) / n_fft
    # Equal steps on the scale of Glasberg and Moore, ln(1 + f / (Q * 24.7)).
    scale = [math.log(1 + f / (9.26449 * 24.7)) for f in (fmin, fmax)]
    rows = []
    for k in range(n_bins):
        step = scale[0] + (scale[1] - scale[0]) * k / n_bins
        hz = 9.26449 * 24.7 * (math.exp(step) - 1)
        decay = 1.019 * 2 * math.pi * (hz / 9.26449 + 24.7) / sr
        n = np.arange(math.ceil(40 / decay))  # exp(-40) is 4e-18
        angles = np.append(bins, 2 * np.pi * hz / sr)
        waves = np.exp(-1j * np.outer(angles, n))
        response = np.ones(len(angles))
        for c in (math.sqrt(3 + math.sqrt(8)), math.sqrt(3 - math.sqrt(8))):
            for sign in (1, -1):
                turn = 2 * math.pi * hz / sr * n
                section = np.exp(-decay * n) * (np.cos(turn) + sign * c * np.sin(turn))
                response = response * np.abs(waves @ section)
        rows.append(response[:-1] / response[-1] / n_fft)
    return np.stack(rows)


def gammatonegram(
    spectrum: Spectrum,
    *,
    sr: float,
    n_fft: int,
    n_bins: int,
    power: float = 2.0,
    fmin: float = 0.0,
    fmax: float | None = None,
) -> Real:
    """Magnitude to a power, through the gammatone filters, ``(bins, frames)``."""
    filters = gammatone_filters(sr=sr, n_fft=n_fft, n_bins=n_bins, fmin=fmin, fmax=fmax or sr / 2)
    return np.asarray(filters[:, : len(spectrum)] @ np.abs(spectrum) ** power)
