"""Streams that are abandoned leak nothing, and a long one does not grow."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import signals
from streaming.conftest import one_worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from nnaudio_runtime import Frontend
    from streaming.conftest import Exported

BLOCK = signals.noise(320)


def resident() -> int:
    """Bytes of this process in memory, the engine's included."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


def grown(work: Callable[[], None]) -> tuple[int, int]:
    """By how many bytes Python's own and the whole memory grew over the work.

    The whole memory is that of a process in which much else has run: what the allocator takes once
    is no leak, which grows each time. So the least growth of some repetitions counts.
    """
    work()
    growths = []
    for _ in range(3):
        gc.collect()
        before = resident()
        work()
        gc.collect()
        growths.append(resident() - before)
    tracemalloc.start()
    try:
        traced = tracemalloc.get_traced_memory()[0]
        work()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - traced, min(growths)
    finally:
        tracemalloc.stop()


def abandoned(frontend: Frontend) -> None:
    for _ in range(150):
        stream = frontend.stream()
        stream.push(BLOCK)
        stream.push(BLOCK[:100])


@pytest.mark.parametrize(
    "suffix",
    [pytest.param(suffix, marks=one_worker("mel", suffix)) for suffix in (".onnx", ".pt")],
)
def test_abandoned_streams_leak_nothing(exported: Callable[..., Exported], suffix: str) -> None:
    frontend = exported("mel", suffix).frontend
    traced, whole = grown(lambda: abandoned(frontend))
    # One stream holds 60 kB of buffers, 150 hold 9 MB. Seen is a leak of 400 bytes of Python's own
    # memory a stream, or of a third of its buffers.
    assert traced < 60_000
    assert whole < 3_000_000


@one_worker("mel")
def test_a_long_stream_does_not_grow(exported: Callable[..., Exported]) -> None:
    stream = exported("mel").frontend.stream()

    def minutes() -> None:
        for _ in range(2500):  # 50 s of audio, 3.2 MB
            stream.push(BLOCK)

    traced, whole = grown(minutes)
    # The stream's own buffer, of 16 chunks and paddings, may stand anywhere between empty and full.
    # Seen is a leak of 40 bytes of Python's own memory a push, or of half the audio.
    assert traced < 100_000
    assert whole < 1_500_000
    assert stream.frames > 9000
