"""Gammatone filters: the ear's, as weights of the Fourier bins."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Of B. Glasberg and B. Moore, Hearing Research 47, 1990: a band is f / 9.26449 + 24.7 Hz wide.
_EAR_Q = 9.26449
_MIN_BANDWIDTH = 24.7
# Of a fourth-order gammatone filter whose equivalent rectangular bandwidth is 1.
_DECAY = 1.019


def equivalent_rectangular_bandwidth(frequency: ArrayLike) -> NDArray[np.float64]:
    """Width of the ear's band around a frequency, both in Hz.

    Reference:
        B. Glasberg and B. Moore, "Derivation of auditory filter shapes from notched-noise data",
        Hearing Research 47, 1990.

    Example:
        >>> equivalent_rectangular_bandwidth([0.0, 1000.0]).round(1)
        array([ 24.7, 132.6])
    """
    return np.asarray(frequency, dtype=np.float64) / _EAR_Q + _MIN_BANDWIDTH


def gammatone_frequencies(*, n_bins: int, fmin: float, fmax: float) -> NDArray[np.float64]:
    """Centre frequencies in Hz, equally many ear's bands apart, from fmin up to (not) fmax.

    Reference:
        M. Slaney, "An efficient implementation of the Patterson-Holdsworth auditory filter bank",
        Apple Computer Technical Report 35, 1993.

    Example:
        >>> gammatone_frequencies(n_bins=4, fmin=0, fmax=4000).round()
        array([   0.,  246.,  755., 1811.])
    """
    zero = _EAR_Q * _MIN_BANDWIDTH  # below 0 Hz, where the band's width would vanish
    steps = np.arange(n_bins) / n_bins
    frequencies = (fmin + zero) * ((fmax + zero) / (fmin + zero)) ** steps - zero
    return np.asarray(np.maximum(frequencies, fmin))  # not below it by rounding


def gammatone_filters(
    *, sr: float, n_fft: int, n_bins: int, fmin: float, fmax: float
) -> NDArray[np.float64]:
    """Magnitude responses of Slaney's gammatone filters at the Fourier bins, over ``n_fft``.

    Each filter is fourth order and has a gain of 1 at its centre frequency.

    Args:
        sr: sampling rate in Hz.
        n_fft: frame length in samples.
        n_bins: number of filters.
        fmin: centre frequency of the first filter, Hz.
        fmax: Hz; the centre that a filter behind the last would have.

    Returns:
        float64 ``(n_bins, n_fft // 2 + 1)``.

    Reference:
        M. Slaney, Apple Computer Technical Report 35, 1993; D. Ellis, "Gammatone-like
        spectrograms", 2009, which weighs Fourier bins with the filters' responses.

    Example:
        >>> filters = gammatone_filters(sr=8000, n_fft=64, n_bins=4, fmin=1000, fmax=4000)
        >>> filters.shape, round(64 * float(filters[0, 8]), 12)  # bin 8 is at 1000 Hz
        ((4, 33), 1.0)
    """
    centres = gammatone_frequencies(n_bins=n_bins, fmin=fmin, fmax=fmax)
    angle = 2 * np.pi * centres / sr
    radius = np.exp(-2 * np.pi * _DECAY * equivalent_rectangular_bandwidth(centres) / sr)
    unit_circle = np.exp(2j * np.pi * np.arange(n_fft // 2 + 1) / n_fft)
    response = _response(unit_circle, angle=angle[:, None], radius=radius[:, None])
    at_centre = _response(np.exp(1j * angle), angle=angle, radius=radius)
    return np.asarray(response / at_centre[:, None] / n_fft)


def _response(
    z: NDArray[np.complex128], *, angle: NDArray[np.float64], radius: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Magnitude at points of the unit circle: four sections with the same pair of poles."""
    poles = np.abs((z - radius * np.exp(1j * angle)) * (z - radius * np.exp(-1j * angle)))
    response = np.ones_like(poles)
    # A gammatone's Laplace transform has the four real zeros -b +- w sqrt(3 +- sqrt(8)); each
    # section takes one of them, and its impulse response is sampled.
    for root in (np.sqrt(3 + np.sqrt(8)), np.sqrt(3 - np.sqrt(8))):
        for sign in (1, -1):
            zero = radius * (np.cos(angle) + sign * root * np.sin(angle))
            response = response * np.abs(z - zero) / poles
    return response
