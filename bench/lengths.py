"""Cost of our ONNX graph per second of audio, from short audio to long."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import numpy as np

from bench.contenders import ours
from bench.memory import peak_of

if TYPE_CHECKING:
    from pathlib import Path

    from bench.workloads import Workload

METHOD = (
    "Cost per second: one item of noise, one thread, a process for each length. The time is the "
    "median call over the seconds of audio, the memory the highest resident during the calls minus "
    "what was resident before, output included."
)
_MOST_CALLS = 50
_BUDGET = 2.0


def measure(work: Workload, folder: Path, seconds: float) -> dict[str, float]:
    """Milliseconds per second of audio, and bytes that the calls took.

    Args:
        work: whose exported file runs.
        folder: where it lies.
        seconds: of audio.
    """
    import nnaudio_runtime

    frontend = nnaudio_runtime.load(
        ours.ONNX.file(work, folder), providers="cpu", intra_op_threads=1
    )
    shape = (1, round(seconds * work.sr))
    audio = np.random.default_rng(0).uniform(-0.5, 0.5, shape).astype(np.float32)
    times: list[float] = []

    def run() -> None:
        while not times or (len(times) < _MOST_CALLS and sum(times) < _BUDGET):
            start = time.perf_counter()
            frontend(audio)
            times.append(time.perf_counter() - start)

    peak = peak_of(run)
    return {
        "seconds": seconds,
        "milliseconds": 1e3 * statistics.median(times) / seconds,
        "peak": peak,
    }
