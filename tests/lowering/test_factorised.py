"""The split Fourier transform against NumPy's, in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnaudio_export.fast.split_dft.factorisation import (
    channel_order,
    factorisations,
    factorise,
    first_stage,
    later_stages,
)

# The terms of a sum of up to 4096 are rounded to 1e-16 each.
DOUBLE = 1e-12


@given(
    radices=st.lists(st.integers(2, 9), min_size=1, max_size=4).map(tuple),
    seed=st.integers(0, 2**32 - 1),
)
def test_equals_fft(radices: tuple[int, ...], seed: int) -> None:
    split = factorise(radices)
    random = np.random.default_rng(seed)
    frame, window = random.standard_normal((2, split.n_fft))

    pieces = frame.reshape(radices[0], split.channels).T[channel_order(split)]
    first = np.einsum("mkn,mn->mk", first_stage(split, window), pieces)
    values = np.stack([first.real, first.imag], axis=1)
    for radix, matrices in zip(radices[1:], later_stages(split), strict=True):
        values = matrices @ values.reshape(len(matrices), 2 * radix, -1)
    real, imaginary = values.reshape(2, -1)

    expected = np.fft.fft(frame * window)[split.raw_bins]
    assert np.abs(real + 1j * imaginary - expected).max() <= DOUBLE * np.abs(expected).max()


@pytest.mark.parametrize("n_fft", [2, 400, 401, 441, 512, 1200, 2048, 8192])
@pytest.mark.parametrize("hop", [1, 160, 220, 441, 512])
def test_every_bin_comes(n_fft: int, hop: int) -> None:
    for split in factorisations(n_fft=n_fft, hop_length=hop, bins=n_fft // 2 + 1):
        assert split.n_fft == n_fft
        assert split.framed == (hop % split.channels != 0)
        folded = np.minimum(split.raw_bins, n_fft - split.raw_bins)
        assert set(folded.tolist()) == set(range(n_fft // 2 + 1))


@pytest.mark.parametrize("radices", [(8,), (25, 16), (32, 8, 8), (7, 5, 3)])
def test_multiplications_are_counted(radices: tuple[int, ...]) -> None:
    split = factorise(radices)
    window = np.ones(split.n_fft)
    kept = radices[0] // 2 + 1
    # Each complex kernel of the first stage is two rows; a matrix works on all columns.
    count = 2 * first_stage(split, window).size
    columns = kept
    for radix, matrices in zip(radices[1:], later_stages(split), strict=True):
        count += matrices.size * columns
        columns *= radix
    assert split.multiplications == count
    assert math.prod(radices) == split.n_fft
