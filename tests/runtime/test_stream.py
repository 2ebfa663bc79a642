"""A stream's promises: the whole signal's numbers, and nothing changed by what is refused."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from conformance.graphs import (
    CHUNK,
    HOP,
    PAD,
    STREAM,
    TOLERANCE,
    described,
    filtered,
    streaming_bank,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from nnaudio_runtime import AudioError, Frontend, Metadata, ModelFileError, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

INFO = replace(described(PAD), selftest=None, output_names=(), streaming=STREAM)


def _write(path: Path, info: Metadata) -> Path:
    onnx.save(streaming_bank(info), path)
    return path


def _offline(audio: NDArray[Any]) -> NDArray[np.float64]:
    """(batch, samples) -> (batch, bins, frames), in float64."""
    return filtered(audio, PAD)


def _noise(samples: int, batch: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(samples).uniform(-1, 1, (batch, samples)).astype(np.float32)


@pytest.fixture(scope="module")
def frontend(tmp_path_factory: pytest.TempPathFactory) -> Frontend:
    return load(_write(tmp_path_factory.mktemp("stream") / "conv.onnx", INFO), providers="cpu")


@given(
    lengths=st.lists(st.integers(0, 40), min_size=1, max_size=12).filter(lambda n: sum(n) > PAD),
    batch=st.integers(1, 3),
)
@settings(max_examples=60, deadline=None)
def test_any_split_gives_the_whole_signals_numbers(
    frontend: Frontend, lengths: list[int], batch: int
) -> None:
    audio = _noise(sum(lengths), batch)
    with frontend.stream(batch) as stream:
        blocks = np.split(audio, np.cumsum(lengths)[:-1], axis=1)
        parts = [*(stream.push(block) for block in blocks), stream.flush()]
    np.testing.assert_allclose(np.concatenate(parts, 2), _offline(audio), atol=TOLERANCE)


@pytest.mark.parametrize("block", [1, 5, 100_000])
def test_one_sample_at_a_time_and_one_huge_block(frontend: Frontend, block: int) -> None:
    audio = _noise(1501)
    stream = frontend.stream()
    parts = [stream.push(audio[:, i : i + block]) for i in range(0, audio.shape[1], block)]
    parts.append(stream.flush())
    np.testing.assert_allclose(np.concatenate(parts, 2), _offline(audio), atol=TOLERANCE)


def test_times_are_absolute_and_do_not_drift(frontend: Frontend) -> None:
    stream = frontend.stream()
    times: list[float] = []
    for _ in range(500):
        stream.push(_noise(37))
        times.extend(stream.times())
    # Of every one of 4,000 frames to the last bit, as one division of two whole numbers gives it.
    assert stream.frames == len(times) > 4000
    assert times == [HOP * m / 16000 for m in range(len(times))]


def _other_thread(stream: Any) -> None:
    with stream._busy:  # as held by a push that another thread is in
        stream.push(_noise(8))


BAD: dict[str, tuple[Callable[[Any], object], str]] = {
    "nan": (lambda s: s.push(np.array([[0.0, np.nan]], np.float32)), "not finite"),
    "rate": (lambda s: s.push(_noise(8), 8000), "8000 Hz"),
    "batch": (lambda s: s.push(_noise(8, batch=2)), "axis 0 must be 1, not 2"),
    "dtype": (lambda s: s.push(_noise(8).astype(np.float64)), "float64"),
    "rank": (lambda s: s.push(np.zeros((1, 2, 8), np.float32)), "mix the channels"),
    "list": (lambda s: s.push([0.0]), "is a list"),
    "nothing, of another batch": (lambda s: s.push(np.zeros((2, 0), np.float32)), "axis 0"),
    "nothing, of another dtype": (lambda s: s.push(np.zeros((1, 0), np.int16)), "int16"),
    "nothing, of another rate": (lambda s: s.push(np.zeros(0, np.float32), 8000), "8000 Hz"),
    "no items": (lambda s: s.push(np.zeros((0, 8), np.float32)), "is empty"),
    "two threads": (_other_thread, "another thread"),
}


@pytest.mark.parametrize(("push", "says"), BAD.values(), ids=list(BAD))
@pytest.mark.parametrize("before", [0, 3, 21], ids=lambda n: f"after {n}")
def test_a_refused_push_changes_nothing(
    frontend: Frontend, push: Callable[[Any], object], says: str, before: int
) -> None:
    audio = _noise(60)
    stream = frontend.stream()
    parts = [stream.push(audio[:, :before])]
    with pytest.raises(AudioError, match=says):
        push(stream)
    parts += [stream.push(audio[:, before:]), stream.flush()]
    np.testing.assert_allclose(np.concatenate(parts, 2), _offline(audio), atol=TOLERANCE)


@pytest.mark.parametrize("before", [3, 30])  # 3: the start is not mirrored yet
@pytest.mark.parametrize("good_runs", [0, 1, 2, 3])
def test_a_push_that_the_engine_fails_changes_nothing(
    frontend: Frontend, good_runs: int, before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    audio = _noise(120)
    stream = frontend.stream()
    parts = [stream.push(audio[:, :before])]
    stepper, runs = stream._stepper, 0
    works = stepper.step

    def step(*arguments: Any) -> Any:
        nonlocal runs
        runs += 1
        if runs > good_runs:
            raise frontend._engine.failures[0]("no memory left")
        return works(*arguments)

    monkeypatch.setattr(stepper, "step", step)
    with pytest.raises(AudioError, match="no memory left"):
        stream.push(audio[:, before:])  # 11 chunks or more
    assert runs == good_runs + 1
    monkeypatch.undo()
    parts += [stream.push(audio[:, before:]), stream.flush()]
    np.testing.assert_allclose(np.concatenate(parts, 2), _offline(audio), atol=TOLERANCE)


def test_two_threads_are_told_apart(frontend: Frontend, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = frontend.stream()
    inside, go_on = threading.Event(), threading.Event()
    works = stream._stepper.step

    def slow(*arguments: Any) -> Any:
        inside.set()
        assert go_on.wait(10)
        return works(*arguments)

    monkeypatch.setattr(stream._stepper, "step", slow)
    audio, parts = _noise(60), []
    thread = threading.Thread(target=lambda: parts.append(stream.push(audio)))
    thread.start()
    assert inside.wait(10)
    refusals: list[Callable[[], Any]] = [lambda: stream.push(audio), stream.flush]
    for refused in refusals:
        with pytest.raises(AudioError, match="another thread"):
            refused()
    go_on.set()
    thread.join()
    parts.append(stream.flush())
    np.testing.assert_allclose(np.concatenate(parts, 2), _offline(audio), atol=TOLERANCE)


def test_after_the_end_nothing_is_taken(frontend: Frontend) -> None:
    stream = frontend.stream()
    stream.push(_noise(20))
    stream.flush()
    refusals: list[Callable[[], Any]] = [lambda: stream.push(_noise(20)), stream.flush]
    for refused in refusals:
        with pytest.raises(AudioError, match="has ended"):
            refused()


def test_a_signal_too_short_is_refused_and_may_go_on(frontend: Frontend) -> None:
    audio = _noise(20)
    stream = frontend.stream()
    parts = [stream.push(audio[:, :PAD])]
    with pytest.raises(AudioError, match="has 4 samples, the graph needs at least 5"):
        stream.flush()
    parts += [stream.push(audio[:, PAD:]), stream.flush()]
    np.testing.assert_allclose(np.concatenate(parts, 2), _offline(audio), atol=TOLERANCE)


def test_padding_needs_its_length_whatever_the_file_says(tmp_path: Path) -> None:
    stream = load(
        _write(tmp_path / "x.onnx", replace(INFO, min_length=1)), providers="cpu"
    ).stream()
    stream.push(_noise(2))
    with pytest.raises(AudioError, match="needs at least 5"):
        stream.flush()


def test_times_need_a_rate(tmp_path: Path) -> None:
    path = _write(tmp_path / "x.onnx", replace(INFO, sample_rate=None))
    stream = load(path, providers="cpu").stream()
    stream.push(_noise(20))
    with pytest.raises(ModelFileError, match="does not say its sample_rate"):
        stream.times()


def test_a_long_block_is_not_kept(frontend: Frontend) -> None:
    stream = frontend.stream()
    stream.push(_noise(1_000_000))
    assert stream._feed._buffer.size < 100 * (CHUNK + PAD)


def test_a_whole_signal_goes_through_as_a_stream(frontend: Frontend) -> None:
    audio = _noise(333, batch=2)
    np.testing.assert_allclose(frontend(audio), _offline(audio), atol=TOLERANCE)


def test_what_streams_takes_no_array_of_another_library(frontend: Frontend) -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(AudioError, match="a Tensor, a streaming graph takes a NumPy array"):
        frontend(torch.zeros(1, 100))
