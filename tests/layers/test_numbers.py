"""Every layer computes its definition, and what librosa and PyTorch compute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import signals
import torch
from layers.table import ROWS, Row

from nnaudio_export import MelSpectrogram

if TYPE_CHECKING:
    from collections.abc import Iterator


def lengths(row: Row) -> tuple[int, ...]:
    """The shortest, the next, a prime and a longer one."""
    shortest = row.make().describe().min_length
    return (shortest, shortest + 1, *((11, 24) if row.bins else (2503, 4000)))


@pytest.fixture
def double_precision() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_equals_definition(row: Row) -> None:
    layer = row.make()
    for length in lengths(row):
        for signal in row.signals:
            items = row.example(signal, length)
            found = layer(torch.from_numpy(items))[0].numpy()
            expected = row.definition(items[0].astype(np.float64))
            assert found.dtype == np.float32
            assert row.error(found, expected, items[0]) <= row.tolerance, (signal, length)


@pytest.mark.usefixtures("double_precision")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_equals_definition_in_double_precision(row: Row) -> None:
    """With rounding out of the way, what is left is the formula."""
    layer = row.make()
    for length in lengths(row)[:3]:
        items = row.example("noise", length).astype(np.float64)
        found = layer(torch.from_numpy(items))[0].numpy()
        expected = row.definition(items[0])
        assert found.dtype == np.float64
        error = row.error(found, expected, items[0].astype(np.float32))
        assert error <= row.double_tolerance, length


@pytest.mark.parametrize(
    "row", [r for r in ROWS if r.reference and r.bins is None], ids=lambda row: row.id
)
def test_equals_librosa(row: Row) -> None:
    assert row.reference is not None
    layer = row.make()
    for name in signals.RECORDINGS:
        audio = signals.recording(name)[:20011]
        found = layer(torch.from_numpy(audio))[0].numpy()
        error = row.error(found, row.reference(audio), audio)
        assert error <= row.reference_tolerance, name


@pytest.mark.parametrize(
    "row", [r for r in ROWS if r.reference and r.bins is not None], ids=lambda row: row.id
)
def test_equals_torch_istft(row: Row) -> None:
    assert row.reference is not None
    layer = row.make()
    for frames in (17, 37):  # torch.istft warns where `length` is not covered
        pairs = row.example("noise", frames)
        found = layer(torch.from_numpy(pairs))[0].numpy()
        error = row.error(found, row.reference(pairs[0]), pairs[0])
        assert error <= row.reference_tolerance, frames


@pytest.mark.parametrize("power", [0.01, 0.1, 0.5, 1.5, 2.0])
def test_silence_is_silent_to_any_power(power: float) -> None:
    """The floor under the root, 1e-19, is 0.6 to the power of 0.01: it must not be heard."""
    layer = MelSpectrogram(n_fft=512, n_mels=20, power=power, verbose=False)
    assert layer(torch.zeros(1, 1000)).abs().max() == 0


@pytest.mark.gpu("that the layers compute the same on CUDA", library="torch")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_cuda_equals_definition(row: Row) -> None:
    layer = row.make().cuda()
    for length in lengths(row):
        items = row.example("noise", length)
        found = layer(torch.from_numpy(items).cuda())[0].cpu().numpy()
        error = row.error(found, row.definition(items[0].astype(np.float64)), items[0])
        assert error <= row.tolerance, length
