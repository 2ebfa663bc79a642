"""A pool's streams are lone streams, whoever joins and leaves beside them."""

from __future__ import annotations

import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nnaudio_runtime import AudioError, Frontend, ModelFileError, load
from nnaudio_runtime.streams.pool_stream import PoolStream
from nnaudio_runtime.streams.stream_pool import StreamPool
from numpy.typing import NDArray

from nnaudio_export import ISTFT, MelSpectrogram, export_onnx, export_torchscript

# One row and four are matrix products of other sizes, which engines add up in another order; as a
# part of the largest value.
SAME = 3e-6
pytestmark = pytest.mark.xdist_group("pool")  # one worker exports the files of the folder
SR, SLOTS = 8000, 4
MEL: dict[str, Any] = {"sr": SR, "n_fft": 64, "hop_length": 16, "n_mels": 8}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pool")
    stream: dict[str, Any] = {"dynamic": True, "streaming": True}
    mel = MelSpectrogram(**MEL)
    export_onnx(mel, folder / "mel.onnx", **stream, samples=48)
    with warnings.catch_warnings():
        # A stream is traced, through checks of its input's shape.
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        export_torchscript(mel, folder / "mel.pt", **stream, samples=48)
    bare = MelSpectrogram(**MEL, center=False)
    export_onnx(bare, folder / "bare.onnx", **stream, samples=32)
    istft = ISTFT(sr=SR, n_fft=64, hop_length=16)
    export_onnx(istft, folder / "istft.onnx", **stream, samples=2)
    export_onnx(mel, folder / "whole.onnx", dynamic=True)
    return folder


def signal_of(frontend: Frontend, seed: int, length: int) -> NDArray[np.float32]:
    """Noise that the graph takes, ``(1, samples)`` or ``(1, bins, frames, 2)``."""
    axes = frontend.contract.axes[1:]
    shape = (1, *(length if isinstance(axis, str) else axis for axis in axes))
    noise = np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)
    if len(shape) == 4:
        noise[:, [0, -1], :, 1] = 0.0  # of a real signal
    return noise


def cut(frontend: Frontend, signal: NDArray[np.float32], start: int, stop: int) -> NDArray[Any]:
    return signal[:, start:stop] if signal.ndim == 2 else signal[:, :, start:stop]


class Listener:
    """Collects what each stream is given."""

    def __init__(self, pool: StreamPool) -> None:
        self.pool = pool
        self.heard: dict[PoolStream, list[NDArray[np.float32]]] = {}

    def step(self) -> bool:
        ready = self.pool.step()
        for stream, features in ready:
            self.heard.setdefault(stream, []).append(features.copy())
        return bool(ready)

    def drain(self) -> None:
        while self.step():
            pass

    def all_of(self, stream: PoolStream) -> NDArray[np.float32]:
        return np.concatenate(self.heard[stream], axis=-1)


def assert_same(found: NDArray[np.float32], expected: NDArray[np.float32]) -> None:
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= SAME * np.abs(expected).max()


@pytest.mark.parametrize("name", ["mel.onnx", "mel.pt", "bare.onnx", "istft.onnx"])
def test_streams_that_join_and_leave_are_lone_streams(folder: Path, name: str) -> None:
    frontend = load(folder / name, providers="cpu")
    long = 9 if name == "istft.onnx" else 150

    @settings(max_examples=25, deadline=None)
    @given(st.data())
    def draw(data: st.DataObject) -> None:
        pool = frontend.pool(SLOTS)
        listener = Listener(pool)
        going: dict[PoolStream, list[int]] = {}  # seed, units that were pushed
        flushed: list[tuple[PoolStream, list[int]]] = []
        for seed in range(data.draw(st.integers(5, 30), label="events")):
            event = data.draw(st.sampled_from(["join", "push", "push", "push", "step", "end"]))
            if event == "join" and len(pool) < SLOTS:
                going[pool.join()] = [seed, 0]
            elif event == "step":
                listener.step()
            elif going:
                stream = data.draw(st.sampled_from(list(going)))
                if event == "push":
                    size = data.draw(st.integers(0, long), label="block")
                    start = going[stream][1]
                    going[stream][1] += size
                    whole = signal_of(frontend, going[stream][0], 30 * long)
                    stream.push(cut(frontend, whole, start, start + size))
                elif event == "end":
                    kept = going.pop(stream)
                    assert frontend.info is not None
                    if kept[1] >= frontend.info.min_length:
                        stream.flush()
                        flushed.append((stream, kept))
                    else:
                        stream.close()
        listener.drain()
        for stream, (seed, length) in flushed:
            assert stream.ended
            whole = cut(frontend, signal_of(frontend, seed, 30 * long), 0, length)
            assert_same(listener.all_of(stream), frontend(whole))
        assert pool.streams == sorted(going, key=lambda stream: stream.slot)

    draw()


@pytest.mark.parametrize("late", [0, 50])
def test_all_at_once_is_one_by_one(folder: Path, late: int) -> None:
    """With one stream that is further than the others, and one that joins in the middle."""
    frontend = load(folder / "mel.onnx", providers="cpu")
    pool = frontend.pool(SLOTS)
    listener = Listener(pool)
    streams = [pool.join() for _ in range(3)]
    before = signal_of(frontend, 9, late)
    pushed: dict[PoolStream, list[NDArray[np.float32]]] = {stream: [] for stream in streams}
    if late:
        streams[1].push(before)
        pushed[streams[1]].append(before)
    for turn in range(60):
        if turn == 20:
            joined = pool.join()
            pushed[joined] = []
        size = 29 if turn % 3 else 48
        rows = np.concatenate(
            [signal_of(frontend, 100 * turn + stream.slot, size) for stream in pool.streams]
        )
        pool.push_all(rows, sample_rate=SR)
        for stream, row in zip(pool.streams, rows, strict=True):
            pushed[stream].append(row[None])
        listener.step()
    for stream in pool.streams:
        stream.flush()
    listener.drain()
    for stream, blocks in pushed.items():
        assert_same(listener.all_of(stream), frontend(np.concatenate(blocks, axis=1)))
    assert len(pool) == 0


def test_a_refused_push_changes_nothing(folder: Path) -> None:
    frontend = load(folder / "mel.onnx", providers="cpu")
    pool = frontend.pool(2, backlog=8)
    listener = Listener(pool)
    signal = signal_of(frontend, 0, 300)
    first, second = pool.join(), pool.join()
    for start in range(0, 300, 100):
        block = signal[:, start : start + 100]
        broken = block.copy()
        broken[0, 7] = np.nan
        for wrong, message in (
            (broken, "1 values that are not finite"),
            (block.astype(np.float64), "the input is float64"),
            (np.repeat(block, 2, axis=0), "axis 0 must be 1, not 2"),
            (block.tolist(), "the block is a list"),
            (np.zeros(800, np.float32), "the pool keeps 384"),
        ):
            with pytest.raises(AudioError, match=message):
                first.push(wrong)
        with pytest.raises(AudioError, match="8000 Hz"):
            first.push(block, sample_rate=44100)
        with pytest.raises(AudioError, match="2 streams that go on: give one row for each"):
            pool.push_all(block)
        with pytest.raises(AudioError, match="not finite"):
            pool.push_all(np.concatenate((block, broken)))
        first.push(block)
        listener.step()
    with pytest.raises(AudioError, match="has 0 samples, the graph needs at least"):
        second.flush()
    first.flush()
    with pytest.raises(AudioError, match="was flushed"):
        first.push(signal)
    listener.drain()
    with pytest.raises(AudioError, match="the stream has ended"):
        first.push(signal)
    assert_same(listener.all_of(first), frontend(signal))


def test_a_failed_run_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frontend = load(folder / "mel.onnx", providers="cpu")
    pool = frontend.pool(2)
    listener = Listener(pool)
    signal = signal_of(frontend, 0, 300)
    stream = pool.join()
    stream.push(signal)
    listener.step()

    def fail(*_: object) -> None:
        raise RuntimeError("no memory")

    with monkeypatch.context() as patch:
        patch.setattr(pool._stepper, "step", fail)
        with pytest.raises(RuntimeError, match="no memory"):
            pool.step()
    stream.flush()
    listener.drain()
    assert_same(listener.all_of(stream), frontend(signal))


def test_a_slot_serves_again(folder: Path) -> None:
    frontend = load(folder / "mel.onnx", providers="cpu")
    pool = frontend.pool(1)
    with pool.join() as stream:
        stream.push(signal_of(frontend, 0, 200))
        pool.step()
        with pytest.raises(AudioError, match="all 1 slots of the pool are taken"):
            pool.join()
    assert stream.ended
    stream.close()
    listener = Listener(pool)
    again = pool.join()
    signal = signal_of(frontend, 1, 300)
    again.push(signal)
    again.flush()
    stream.close()  # no longer its slot
    listener.drain()
    assert_same(listener.all_of(again), frontend(signal))


def test_threads_push_while_another_steps(folder: Path) -> None:
    frontend = load(folder / "mel.onnx", providers="cpu")
    pool = frontend.pool(SLOTS, backlog=1000)
    listener = Listener(pool)
    streams = [pool.join() for _ in range(SLOTS)]

    def talk(stream: PoolStream) -> None:
        signal = signal_of(frontend, stream.slot, 4000)
        for start in range(0, 4000, 37):
            stream.push(signal[:, start : start + 37])
        stream.flush()

    threads = [threading.Thread(target=talk, args=(stream,)) for stream in streams]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        listener.step()
    listener.drain()
    for seed, stream in enumerate(streams):
        assert_same(listener.all_of(stream), frontend(signal_of(frontend, seed, 4000)))


def test_who_has_no_pool(folder: Path) -> None:
    with pytest.raises(ModelFileError, match="takes whole signals"):
        load(folder / "whole.onnx", providers="cpu").pool()
    frontend = load(folder / "mel.onnx", providers="cpu")
    for wrong in (0, True, 2.0):
        with pytest.raises(ValueError, match="slots is"):
            frontend.pool(wrong)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="backlog is"):
            frontend.pool(2, backlog=wrong)  # type: ignore[arg-type]
