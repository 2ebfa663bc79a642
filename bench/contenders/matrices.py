"""Mel and DCT matrices by the libraries that define them, for contenders that have none.

They lie as files beside the graphs, so that loading them brings no library into a contender's
memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pathlib import Path

    from bench.workloads import Workload

Matrix = NDArray[np.float32]


def write_matrices(work: Workload, folder: Path) -> None:
    """Writes what the work needs: librosa's default filters, SciPy's orthonormal DCT II."""
    import librosa
    import scipy.fft

    if work.transform in ("mel", "mfcc", "inverse-mel"):
        filters = librosa.filters.mel(**work.pick("sr", "n_fft", "n_mels"))
        np.save(_path(work, folder, "mel"), filters)
    if work.transform == "mfcc":
        rows = np.asarray(scipy.fft.dct(np.eye(work.arguments["n_mels"]), axis=0, norm="ortho"))
        np.save(_path(work, folder, "dct"), rows[: work.arguments["n_mfcc"]].astype(np.float32))


def mel_matrix(work: Workload, folder: Path) -> Matrix:
    """``(n_mels, bins)``."""
    return np.asarray(np.load(_path(work, folder, "mel")), np.float32)


def dct_matrix(work: Workload, folder: Path) -> Matrix:
    """``(n_mfcc, n_mels)``."""
    return np.asarray(np.load(_path(work, folder, "dct")), np.float32)


def _path(work: Workload, folder: Path, name: str) -> Path:
    return folder / f"{work.key}.{name}.npy"
