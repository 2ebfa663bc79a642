"""How far one output is from another."""

from __future__ import annotations

import math

import numpy as np
from nnaudio_runtime.files.selftest import Measure
from numpy.typing import NDArray

Array = NDArray[np.floating]


def difference(
    expected: Array, found: Array, measure: Measure, weight: Array | None = None
) -> float:
    """The largest weighted error of one array against another; infinite for other shapes or NaN.

    Example:
        >>> difference(np.array([1.0, 2.0]), np.array([1.0, 2.5]), "relative")
        0.25
        >>> difference(np.array([np.pi]), np.array([-np.pi]), "circle") < 1e-12
        True
    """
    if expected.shape != found.shape:
        return math.inf
    a, b = expected.astype(np.float64), found.astype(np.float64)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        # A module may give infinities of its own (the logarithm of silence): they must agree.
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        if not (same | (np.isfinite(a) & np.isfinite(b))).all():
            return math.inf
        a, b = np.where(same, 0.0, a), np.where(same, 0.0, b)
    if a.size == 0:
        return 0.0
    weighting = 1.0 if weight is None else weight.astype(np.float64)
    if measure == "circle":
        return float((np.abs(np.exp(1j * a) - np.exp(1j * b)) * weighting).max())
    # The smallest normal float32 stands in for a silent output's maximum.
    scale = max(np.abs(a).max(), float(np.finfo(np.float32).tiny))
    return float((np.abs(a - b) * weighting).max() / scale)
