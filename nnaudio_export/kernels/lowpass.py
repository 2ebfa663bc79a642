"""The low-pass filters between octaves."""

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
    transition = 0.5 - 2 * pass_edge
    order = (attenuation - 7.95) / (2.285 * 2 * math.pi * transition)
    # A multiple of 4 plus 2: else the outermost taps would be zeros of the sinc.
    reach = 2 * math.ceil((order / 2 - 1) / 2) + 1
    n = np.arange(-reach, reach + 1)
    taps = np.sinc(n / 2) * np.kaiser(2 * reach + 1, 0.1102 * (attenuation - 8.7))
    taps[reach % 2 :: 2] *= n[reach % 2 :: 2] == 0  # sin(pi k) is not quite 0 in floating point
    return np.asarray(taps / taps.sum())
