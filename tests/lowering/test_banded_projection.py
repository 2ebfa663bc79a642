"""Sparse matrices in bands: the same numbers, and never dearer."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nnaudio_export import MelSpectrogram, lower
from nnaudio_export.fast.banded_projection import (
    BandedProjection,
    MatrixProduct,
    bands_of,
    fastest_projection,
)


def banded(rows: int, columns: int, width: int, seed: int) -> NDArray[np.float64]:
    """Rows that read some columns near their own place; some rows read none."""
    random = np.random.default_rng(seed)
    matrix = random.standard_normal((rows, columns))
    place = np.arange(rows)[:, None] * columns / rows
    matrix[np.abs(np.arange(columns) - place) > width * random.random((rows, 1))] = 0
    return matrix


@given(st.integers(1, 90), st.integers(1, 400), st.integers(0, 60), st.integers(0, 1000))
def test_same_numbers(rows: int, columns: int, width: int, seed: int) -> None:
    matrix = banded(rows, columns, width, seed)
    bands = bands_of(matrix)
    assert [row for band in bands for row in range(*band.rows)] == list(range(rows))
    outside = matrix.copy()
    for band in bands:
        outside[slice(*band.rows), slice(*band.columns)] = 0
    assert not outside.any()
    fast = BandedProjection(matrix, bands).double()
    frames = torch.from_numpy(np.random.default_rng(seed).standard_normal((2, columns, 3)))
    # float64 sums, in another order; the weights are rounded to float32 when they are registered.
    expected = torch.from_numpy(matrix).float().double() @ frames
    torch.testing.assert_close(fast(frames), expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(fast.whole()(frames), expected, rtol=0, atol=1e-12)


def test_a_full_matrix_stays_one_product() -> None:
    full = np.random.default_rng(0).standard_normal((80, 201))
    assert type(fastest_projection(full)) is MatrixProduct


def test_a_full_row_among_sparse_ones_is_a_band_of_its_own() -> None:
    matrix = banded(80, 600, 20, 0)
    matrix[40] = 1
    assert ((40, 41), (0, 600)) in bands_of(matrix)


@pytest.mark.parametrize("n_fft", [400, 1024, 2048])
def test_mel_filters_are_in_bands(n_fft: int) -> None:
    mel = MelSpectrogram(sr=16000, n_fft=n_fft, hop_length=n_fft // 4, n_mels=80)
    fast, _ = lower(mel)
    [found] = [module for module in fast.modules() if isinstance(module, BandedProjection)]
    bands = [module for module in found.modules() if isinstance(module, MatrixProduct)]
    assert sum(band.multiplications for band in bands) < mel.mel.multiplications / 2


def test_trained_mel_filters_that_read_all_bins_are_not() -> None:
    mel = MelSpectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=80, trainable_mel=True)
    with torch.no_grad():
        mel.mel.matrix += 1e-3
    fast, _ = lower(mel)
    assert not [module for module in fast.modules() if isinstance(module, BandedProjection)]
