"""How well an inverse undoes a transform, where more than one answer is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.comparing import WrongResultError
from bench.contenders.matrices import mel_matrix
from bench.inputs import constant_q, given

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from bench.workloads import Workload


def inconsistency(work: Workload, result: NDArray[Any], data: NDArray[Any], folder: Path) -> float:
    """Distance of the result's own transform from what the inverse was given, of the norm.

    Raises:
        WrongResultError: the result has another shape, or a value is not finite.
    """
    if not np.isfinite(result).all():
        raise WrongResultError("values that are not finite")
    if work.given == "mel":
        found = mel_matrix(work, folder) @ result**2
    elif work.given == "cqt":
        found = constant_q(work, result)
    else:
        found = given(work, np.atleast_2d(result), folder)
    if found.shape != data.shape:
        raise WrongResultError(f"a transform of shape {found.shape}, given was {data.shape}")
    return float(np.linalg.norm(found - data) / np.linalg.norm(data))
