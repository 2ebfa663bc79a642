"""How far two results are apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class WrongResultError(Exception):
    """A contender computes something else; a time of it would mean nothing."""


def relative_error(result: NDArray[Any], reference: NDArray[Any]) -> float:
    """Largest difference over the reference's largest value.

    Raises:
        WrongResultError: the shapes differ, or a value is not finite.

    Example:
        >>> round(relative_error(np.array([1.0, 3.5]), np.array([1.0, -4.0]) * [1, -1]), 3)
        0.125
    """
    if result.shape != reference.shape:
        raise WrongResultError(f"shape {result.shape}, the reference has {reference.shape}")
    if not np.isfinite(result).all():
        raise WrongResultError("values that are not finite")
    return float(np.abs(result - reference).max() / np.abs(reference).max())


def error_of_range(result: NDArray[Any], reference: NDArray[Any]) -> float:
    """Largest difference over the reference's range, for values on a scale without a zero."""
    scale = np.abs(reference).max() / (reference.max() - reference.min())
    return relative_error(result, reference) * float(scale)


def error_on_circle(
    phase: NDArray[Any], reference: NDArray[Any], magnitude: NDArray[Any], least: float
) -> float:
    """Largest angle between two phases in radians, where the magnitude is above ``least``."""
    if phase.shape != reference.shape:
        raise WrongResultError(f"shape {phase.shape}, the reference has {reference.shape}")
    distance = np.abs(np.angle(np.exp(1j * (phase.astype(np.float64) - reference))))
    return float(distance[magnitude > least * magnitude.max()].max())
