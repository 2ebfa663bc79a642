"""A file is proved on its domain, and the runtime holds its callers to it.

That whole inputs are refused, by every runtime and in the same words, is tests/conformance.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
import torch
from conformance.graphs import PAD, STREAM, TOLERANCE, bank, described, filtered, streaming_bank
from nnaudio_runtime import AudioError, Frontend, generated_signal, load
from nnaudio_runtime.files.input_contract import InputContract

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SHORTEST, LONGEST = 8, 203
LONGER = "has 204 samples, the file is proved for at most 203"
SIGNALS = generated_signal((7, LONGEST), seed=4)


def silence(*shape: int) -> NDArray[np.float32]:
    return np.zeros(shape, np.float32)


@pytest.fixture
def frontend(tmp_path: Path) -> Frontend:
    info = replace(described(batch=2), min_batch=2, max_batch=7, max_length=LONGEST)
    onnx.save(bank(info), tmp_path / "bounded.onnx")
    return load(tmp_path / "bounded.onnx", providers="cpu")


@pytest.fixture
def streaming(tmp_path: Path) -> Frontend:
    info = replace(described(PAD), streaming=STREAM, min_batch=2, max_batch=3, max_length=LONGEST)
    onnx.save(streaming_bank(replace(info, selftest=None)), tmp_path / "stream.onnx")
    return load(tmp_path / "stream.onnx", providers="cpu")


def test_the_bounds_themselves_are_taken(frontend: Frontend) -> None:
    for shape in ((2, SHORTEST), (7, SHORTEST), (2, LONGEST), (7, 1, LONGEST)):
        assert len(frontend(silence(*shape))) == shape[0]
    assert frontend.selftest() <= TOLERANCE


def test_arrays_of_other_libraries_too(frontend: Frontend) -> None:
    assert np.from_dlpack(frontend(torch.zeros(7, LONGEST))).shape == (7, 3, 49)
    for shape, says in (
        ((8, 64), "has a batch of 8, the file is proved for at most 7"),
        ((64,), "has a batch of 1, the file is proved for at least 2"),
        ((2, 1, LONGEST + 1), LONGER),
    ):
        with pytest.raises(AudioError, match=says):
            frontend(torch.zeros(shape))


def test_a_stream_may_not_grow_longer_and_goes_on(streaming: Frontend) -> None:
    signals = SIGNALS[:3]
    stream = streaming.stream(3)
    parts = [stream.push(signals[:, :200])]
    with pytest.raises(AudioError, match=LONGER):
        stream.push(silence(3, 4))
    parts.append(stream.push(signals[:, 200:]))
    with pytest.raises(AudioError, match=LONGER):
        stream.push(silence(3, 1))
    parts.append(stream.flush())
    np.testing.assert_allclose(np.concatenate(parts, 2), filtered(signals, PAD), atol=TOLERANCE)


def test_a_stream_has_a_batch_that_is_proved(streaming: Frontend) -> None:
    for batch, bound in ((1, "at least 2"), (4, "at most 3")):
        with pytest.raises(AudioError, match=f"batch of {batch}, the file is proved for {bound}"):
            streaming.stream(batch)
        with pytest.raises(AudioError, match=f"batch of {batch}, the file is proved for {bound}"):
            streaming(silence(batch, 64))


@pytest.mark.parametrize("slots", [2, 3, 4, 7])
def test_a_pool_makes_runs_that_are_proved(streaming: Frontend, slots: int) -> None:
    pool = streaming.pool(slots)
    streams = [pool.join() for _ in range(slots)]
    pool.push_all(SIGNALS[:slots])
    for stream in streams:
        stream.flush()
    heard: dict[int, list[Any]] = {slot: [] for slot in range(slots)}
    while ready := pool.step():
        for stream, features in ready:
            heard[stream.slot].append(features.copy())
    found = np.concatenate([np.concatenate(parts, 2) for parts in heard.values()])
    np.testing.assert_allclose(found, filtered(SIGNALS[:slots], PAD), atol=TOLERANCE)


def test_a_pool_refuses_what_is_not_proved(streaming: Frontend) -> None:
    with pytest.raises(AudioError, match="batch of 1, the file is proved for at least 2"):
        streaming.pool(1)
    pool = streaming.pool(2)
    first = pool.join()
    first.push(SIGNALS[0])
    with pytest.raises(AudioError, match=LONGER):
        first.push(silence(1))
    second = pool.join()
    with pytest.raises(AudioError, match=LONGER):
        pool.push_all(silence(2, 1))
    second.push(SIGNALS[1])  # of which nothing was taken
    second.flush()


def test_a_file_says_what_it_is_proved_for(frontend: Frontend) -> None:
    said = "a batch of 2 ... 7, 8 ... 203 samples, 16000 Hz"
    assert frontend.contract.proved_for() == said
    kind = np.dtype("float32")
    fixed = InputContract((1, 129, "frames"), kind, length_axis="frames", domain="non-negative")
    assert fixed.proved_for() == "a batch of 1, 1 frames or more, no value below 0"
    assert InputContract((), kind).proved_for() == "a batch of 1"
