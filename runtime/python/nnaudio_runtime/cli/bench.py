"""How fast a front end is."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from nnaudio_runtime.errors import AudioError
from nnaudio_runtime.loading import load
from nnaudio_runtime.selftest import generated_pcm, generated_signal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from nnaudio_runtime.frontend import Frontend

_WARM_UP, _MOST_RUNS, _MOST_SECONDS = 2, 50, 1.0


def measure(
    path: Path, seconds: Sequence[float], threads: Sequence[int], batch: int, providers: str
) -> Iterator[dict[str, Any]]:
    """Times a front end on noise, for every pair of length and number of threads.

    Args:
        path: of the front end.
        seconds: lengths of audio; a graph of fixed length takes its own.
        threads: within an operator; 0 leaves it to the engine.
        batch: items in a batch.
        providers: as :func:`nnaudio_runtime.load` takes it.

    Yields:
        Per pair: the length, the median time of a call and the real-time factor.

    Raises:
        AudioError: the graph takes no audio, or does not say its rate.
    """
    for count in threads:
        frontend = load(path, providers=providers, intra_op_threads=count or None)
        rate = frontend.contract.sample_rate
        axes = frontend.contract.axes
        if not rate or len(axes) != 2:
            raise AudioError(f"{path} does not say that it takes audio, and at which rate")
        fixed_batch, fixed = (size if isinstance(size, int) else 0 for size in axes)
        lengths = dict.fromkeys(fixed or round(s * rate) for s in seconds)
        for length in lengths:
            shape = (fixed_batch or batch, length)
            generate = generated_pcm if frontend.contract.dtype == np.int16 else generated_signal
            median, runs = _median(frontend, generate(shape, seed=1))
            yield {
                "seconds": length / rate,
                "batch": shape[0],
                "threads": count or "auto",
                "provider": frontend.provider,
                "milliseconds": 1e3 * median,
                "real_time_factor": median * rate / (length * shape[0]),
                "runs": runs,
            }


def _median(frontend: Frontend, audio: NDArray[Any]) -> tuple[float, int]:
    """Median seconds of a call, and over how many."""
    for _ in range(_WARM_UP):
        frontend(audio)
    times: list[float] = []
    while len(times) < _MOST_RUNS and sum(times) < _MOST_SECONDS:
        start = time.perf_counter()
        frontend(audio)
        times.append(time.perf_counter() - start)
    return statistics.median(times), len(times)
