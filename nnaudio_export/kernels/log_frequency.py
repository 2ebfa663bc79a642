"""Triangular filters at geometrically spaced frequencies, over frequencies or over periods."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def triangles(*, points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Triangles of unit peak between neighbouring centres, at any points.

    As in the original program, a point exactly on a centre belongs to neither slope and counts 0,
    and the first filter is empty.

    Args:
        points: Hz, in any order, ``(points,)``.
        centres: Hz, rising, ``(centres,)``.

    Returns:
        float64 ``(centres - 1, points)``.

    Reference:
        L. Su and Y.-H. Yang, "Combining spectral and temporal representations for multipitch
        estimation of polyphonic music", IEEE/ACM Trans. ASLP 23(10), 2015; the program
        VocalMelodyExtPatchCNN (L. Su, 2018), as nnAudio has it.

    Example:
        >>> triangles(points=np.array([2.5, 4.0, 5.0]), centres=np.array([1.0, 2.0, 4.0, 8.0]))
        array([[0.  , 0.  , 0.  ],
               [0.75, 0.  , 0.  ],
               [0.25, 0.  , 0.75]])
    """
    weights = np.zeros((len(centres) - 1, len(points)))
    for row, low, centre, high in zip(weights[1:], centres, centres[1:], centres[2:], strict=False):
        rises = (points > low) & (points < centre)
        falls = (points > centre) & (points < high)
        row[rises] = (points[rises] - low) / (centre - low)
        row[falls] = (high - points[falls]) / (high - centre)
    return weights


def frequency_filters(
    *, bins: int, size: int, sr: float, resolution: float, centres: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Triangles over the first bins of a spectrum; the nearest bin where they are too narrow.

    As in the original program, the ``size // 2`` frequencies reach from 0 to ``sr / 2`` inclusive.

    Args:
        bins: of the spectrum, from 0.
        size: of the DFT.
        sr: sampling rate in Hz.
        resolution: Hz from bin to bin, for the choice of the nearest one.
        centres: Hz, rising.

    Returns:
        float64 ``(centres - 1, bins)``.
    """
    points = sr * np.linspace(0, 0.5, size // 2)[:bins]
    weights = triangles(points=points, centres=centres)
    for row, low, high in zip(weights[1:], centres, centres[2:], strict=False):
        nearest = round(low / resolution)
        if nearest >= round(high / resolution):
            row[:] = 0.0
            row[nearest] = 1.0
    return weights


def period_filters(*, periods: int, sr: float, centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Triangles over periods of 0, 1, 2, ... samples, in frequency.

    Args:
        periods: number of periods.
        sr: sampling rate in Hz.
        centres: Hz, rising.

    Returns:
        float64 ``(centres - 1, periods)``; a filter that no whole period falls into is empty.
    """
    # Twice divided, as in the original: whether a point is exactly on a centre depends on it.
    frequencies = 1 / (np.arange(1, periods) / sr)
    return np.pad(triangles(points=frequencies, centres=centres), ((0, 0), (1, 0)))
