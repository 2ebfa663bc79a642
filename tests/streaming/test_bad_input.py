"""What a stream refuses, and that it goes on as if it had not been asked."""

from __future__ import annotations

import re
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import nnaudio_runtime
import numpy as np
import pytest
import signals
from nnaudio_runtime import AudioError, ModelFileError
from nnaudio_runtime.files.input_contract import InputContract
from nnaudio_runtime.streams.stream import Stream
from streaming.conftest import SR, Exported, one_worker

from nnaudio_export import STFT, export_onnx

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

SIGNAL = signals.noise(2000)[None]


@pytest.fixture
def mel(exported: Callable[..., Exported]) -> Exported:
    return exported("mel")


def bad_value(value: float) -> NDArray[np.float32]:
    block = signals.noise(100)
    block[7] = value
    return block


REFUSED: dict[str, tuple[Any, dict[str, Any], str]] = {
    "NaN": (bad_value(np.nan), {}, "1 values that are not finite, the first is nan at"),
    "infinity": (bad_value(np.inf), {}, "not finite, the first is inf"),
    "rate": (signals.noise(100), {"sample_rate": 8000}, "the audio has 8000 Hz, the graph takes"),
    "batch": (np.zeros((2, 100), np.float32), {}, "axis 0 must be 1, not 2"),
    "float64": (np.zeros(100), {}, "the input is float64, the graph takes float32"),
    "int16": (np.zeros(100, np.int16), {}, "the input is int16"),
    "rank": (np.zeros((1, 1, 1, 100), np.float32), {}, "has shape (1, 1, 1, 100)"),
    "channels": (np.zeros((1, 2, 100), np.float32), {}, "mix the channels"),
    "list": ([0.0] * 100, {}, "the block is a list, it must be a NumPy array"),
    "none": (None, {}, "the block is a NoneType"),
}


@one_worker("mel")
@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("at", [0, 150, 1000], ids=["first", "before_the_padding", "later"])
def test_a_refused_block_changes_nothing(mel: Exported, case: str, at: int) -> None:
    block, options, message = REFUSED[case]
    stream = mel.frontend.stream()
    pieces = [stream.push(SIGNAL[:, :at])]
    for _ in range(2):
        with pytest.raises(AudioError, match=re.escape(message)):
            stream.push(block, **options)
    pieces += [stream.push(SIGNAL[:, at:], sample_rate=SR), stream.flush()]
    np.testing.assert_allclose(
        np.concatenate(pieces, -1), mel.offline(SIGNAL), atol=1e-5 * mel.offline(SIGNAL).max()
    )


@one_worker("istft")
def test_an_inverse_refuses_other_bins(exported: Callable[..., Exported]) -> None:
    stream = exported("istft").frontend.stream()
    with pytest.raises(AudioError, match="axis 1 must be 129, not 128"):
        stream.push(np.zeros((1, 128, 3, 2), np.float32))
    with pytest.raises(AudioError, match=r"\(1, 129, frames, 2\)"):
        stream.push(np.zeros((1, 129, 3), np.float32))


@one_worker("mel")
def test_an_end_is_an_end(mel: Exported) -> None:
    stream = mel.frontend.stream()
    stream.push(SIGNAL)
    stream.flush()
    for again in (partial(stream.push, SIGNAL), stream.flush):
        with pytest.raises(AudioError, match="the stream has ended: begin another"):
            again()
    with mel.frontend.stream() as closed:
        closed.push(SIGNAL)
    for again in (partial(closed.push, SIGNAL), closed.flush):
        with pytest.raises(AudioError, match="the stream has ended"):
            again()


@one_worker("mel")
def test_a_signal_too_short_may_go_on(mel: Exported) -> None:
    stream = mel.frontend.stream()
    with pytest.raises(AudioError, match="the stream has 0 samples, the graph needs at least 201"):
        stream.flush()
    pieces = [stream.push(SIGNAL[:, :200])]
    with pytest.raises(AudioError, match=r"has 200 samples, .* push more before flush"):
        stream.flush()
    pieces += [stream.push(SIGNAL[:, 200:]), stream.flush()]
    expected = mel.offline(SIGNAL)
    np.testing.assert_allclose(np.concatenate(pieces, -1), expected, atol=1e-5 * expected.max())


@one_worker("mel")
@pytest.mark.parametrize("batch", [0, -1, 1.0, True, None])
def test_a_batch_must_be_a_number(mel: Exported, batch: Any) -> None:
    with pytest.raises(ValueError, match=f"batch is {batch}, it must be a whole number of at"):
        mel.frontend.stream(batch=batch)


def test_an_offline_file_does_not_stream(tmp_path: Path) -> None:
    path = tmp_path / "stft.onnx"
    export_onnx(STFT(sr=SR, n_fft=64), path)
    frontend = nnaudio_runtime.load(path, providers="cpu")
    with pytest.raises(ModelFileError, match=r"takes whole signals: export it with streaming=True"):
        frontend.stream()


class Stub:
    """An engine whose outputs and state are sums, and that fails when told to."""

    def __init__(self, *, waits: bool = False) -> None:
        self.shapes: list[tuple[int, ...]] = [(1, 1, 1)]
        self.fails_after: int | None = None
        self.entered, self.go_on = threading.Event(), threading.Event()
        self._waits = waits
        self._state = self._marked = 0.0

    def step(self, chunk: NDArray[Any], present: NDArray[Any] | None) -> list[NDArray[Any]]:
        assert present is None
        if self._waits:
            self.entered.set()
            assert self.go_on.wait(10)
        if self.fails_after is not None:
            self.fails_after -= 1
            if self.fails_after < 0:
                raise RuntimeError("out of memory")
        self._state += float(chunk.sum())
        return [np.full((1, 1, 1), self._state, np.float32)]

    def mark(self) -> None:
        self._marked = self._state

    def rewind(self) -> None:
        self._state = self._marked

    def hold(self, rows: NDArray[np.intp]) -> None:
        raise NotImplementedError  # a pool's

    def clear(self, row: int) -> None:
        raise NotImplementedError


def stream_on(stub: Stub, mel: Exported) -> Stream:
    info = mel.frontend.info
    assert info is not None
    assert info.streaming is not None
    contract = InputContract(("batch", "samples"), np.dtype("float32"), sample_rate=SR)
    return Stream(info.streaming, info, stub, contract, 1, ())


@one_worker("mel")
@pytest.mark.parametrize("at", [0, 150, 1000], ids=["first", "before_the_padding", "later"])
def test_an_engine_that_fails_midway_changes_nothing(mel: Exported, at: int) -> None:
    untroubled = stream_on(Stub(), mel)
    expected = [untroubled.push(SIGNAL[:, :at]), untroubled.push(SIGNAL[:, at:])]
    expected.append(untroubled.flush())

    stub = Stub()
    stream = stream_on(stub, mel)
    found = [stream.push(SIGNAL[:, :at])]
    frames = stream.frames
    stub.fails_after = 2
    with pytest.raises(RuntimeError, match="out of memory"):
        stream.push(SIGNAL[:, at:])
    assert stream.frames == frames
    stub.fails_after = None
    found.append(stream.push(SIGNAL[:, at:]))
    stub.fails_after = 0
    with pytest.raises(RuntimeError, match="out of memory"):
        stream.flush()
    stub.fails_after = None
    found.append(stream.flush())
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@one_worker("mel")
def test_one_thread_at_a_time(mel: Exported) -> None:
    stub = Stub(waits=True)
    stream = stream_on(stub, mel)
    first: list[Any] = []
    pushing = threading.Thread(target=lambda: first.append(stream.push(SIGNAL)))
    pushing.start()
    assert stub.entered.wait(10)
    for other in (partial(stream.push, SIGNAL), stream.flush):
        with pytest.raises(AudioError, match="another thread is pushing this stream"):
            other()
    stub.go_on.set()
    pushing.join()
    alone = stream_on(Stub(), mel)
    np.testing.assert_array_equal(first[0], alone.push(SIGNAL))
    np.testing.assert_array_equal(stream.flush(), alone.flush())
