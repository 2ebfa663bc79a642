"""Low-pass filters for lower sampling rates."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def half_band(*, pass_edge: float, attenuation: float = 100.0) -> NDArray[np.float64]:
    """A linear-phase low-pass of odd length for halving the sampling rate.

    A sinc under a Kaiser window, with its middle at a quarter of the sampling rate: what is stopped
    above ``0.5 - pass_edge`` is what halving would fold onto the pass band. Every second tap but
    the middle one is zero.

    Args:
        pass_edge: end of the pass band in cycles per sample, below 0.25.
        attenuation: of the stop band, in dB; the pass band keeps to 1 as closely.

    Returns:
        float64 ``(2 * reach + 1,)``, symmetric, with sum 1.

    Reference:
        J. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", IEEE
        Symp. Circuits and Systems, 1974.

    Example:
        >>> taps = half_band(pass_edge=0.15)
        >>> len(taps), bool(np.array_equal(taps, taps[::-1]))
        (35, True)
        >>> response = abs(np.fft.rfft(taps, 1000))  # at 0, 0.001, 0.002, ...
        >>> bool(abs(response[:151] - 1).max() < 2e-5), bool(response[350:].max() < 2e-5)
        (True, True)
    """
    order = kaiser_order(attenuation=attenuation, transition=0.5 - 2 * pass_edge)
    # Odd: else the outermost taps would be zeros of the sinc.
    reach = 2 * math.ceil((order / 2 - 1) / 2) + 1
    return windowed_sinc(factor=2, reach=reach, attenuation=attenuation)


def decimation_filter(*, factor: int, pass_edge: float, attenuation: float) -> NDArray[np.float64]:
    """The shortest of the same kind for keeping every ``factor``-th sample.

    Args:
        factor: at least 2.
        pass_edge: end of the pass band in cycles per sample, below ``0.5 / factor``; what would
            fold onto it, from ``1 / factor - pass_edge``, is stopped.
        attenuation: of the stop band, in dB.

    Returns:
        float64 ``(2 * reach + 1,)``, symmetric, with sum 1.

    Example:
        >>> taps = decimation_filter(factor=4, pass_edge=0.05, attenuation=110)
        >>> len(taps), bool(abs(np.fft.rfft(taps, 1000))[200:].max() < 10 ** (-110 / 20))
        (51, True)
    """
    stop_edge = 1 / factor - pass_edge
    order = kaiser_order(attenuation=attenuation, transition=stop_edge - pass_edge)
    reach = math.ceil(order / 2)
    # Kaiser's estimate, and from there on what the filter really stops.
    while True:
        taps = windowed_sinc(factor=factor, reach=reach, attenuation=attenuation)
        response = np.abs(np.fft.rfft(taps, 1 << 14))
        if response[int(stop_edge * (1 << 14)) :].max() <= 10 ** (-attenuation / 20):
            return taps
        reach += 1


def kaiser_order(*, attenuation: float, transition: float) -> float:
    """Kaiser's estimate of the order for a transition band, in cycles per sample."""
    return (attenuation - 7.95) / (2.285 * 2 * math.pi * transition)


def windowed_sinc(*, factor: int, reach: int, attenuation: float) -> NDArray[np.float64]:
    """A low-pass with its middle at ``0.5 / factor``: every ``factor``-th tap but one is zero."""
    n = np.arange(-reach, reach + 1)
    taps = np.sinc(n / factor) * np.kaiser(2 * reach + 1, 0.1102 * (attenuation - 8.7))
    taps[(n % factor == 0) & (n != 0)] = 0  # sin(pi k) is not quite 0 in floating point
    return np.asarray(taps / taps.sum())
