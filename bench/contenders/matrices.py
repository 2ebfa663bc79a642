"""Mel and DCT matrices by the libraries that define them, for contenders that have none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench.works import Work


def mel_matrix(work: Work) -> NDArray[np.float32]:
    """``(n_mels, bins)``, librosa's default: Slaney's scale and norm."""
    import librosa

    return np.asarray(librosa.filters.mel(sr=work.sr, n_fft=work.n_fft, n_mels=work.n_mels))


def dct_matrix(work: Work) -> NDArray[np.float32]:
    """``(n_mfcc, n_mels)``, the orthonormal DCT II."""
    import scipy.fft

    rows: NDArray[np.float64] = scipy.fft.dct(np.eye(work.n_mels), axis=0, norm="ortho")
    return rows[: work.n_mfcc].astype(np.float32)
