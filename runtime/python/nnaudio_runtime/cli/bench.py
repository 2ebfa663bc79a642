"""How fast a front end is."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from nnaudio_runtime.errors import AudioError
from nnaudio_runtime.files.selftest import generated_pcm, generated_signal
from nnaudio_runtime.loading import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from nnaudio_runtime.frontend import Frontend

_WARM_UP, _MOST_RUNS, _MOST_SECONDS = 2, 50, 1.0
# Pushes are short, and the first of a stream give no frames yet.
_PUSHES = 2000


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
        Per pair: the length, the median time of a call and the real-time factor; of a streaming
        file, per number of threads, those of a push of one chunk.

    Raises:
        AudioError: the graph takes no audio, or does not say its rate.
    """
    for count in threads:
        frontend = load(path, providers=providers, intra_op_threads=count or None)
        rate = frontend.contract.sample_rate
        axes = frontend.contract.axes
        if not rate or len(axes) != 2:
            raise AudioError(f"{path} does not say that it takes audio, and at which rate")
        if frontend.info and frontend.info.streaming:
            yield _push(frontend, frontend.info.streaming.chunk, rate, batch, count)
            continue
        fixed_batch, fixed = (size if isinstance(size, int) else 0 for size in axes)
        lengths = dict.fromkeys(fixed or round(s * rate) for s in seconds)
        for length in lengths:
            shape = (fixed_batch or batch, length)
            median, runs = _median(frontend, _noise(frontend, shape))
            yield {
                "seconds": length / rate,
                "batch": shape[0],
                "threads": count or "auto",
                "provider": frontend.provider,
                "milliseconds": 1e3 * median,
                "real_time_factor": median * rate / (length * shape[0]),
                "runs": runs,
            }


def _push(frontend: Frontend, chunk: int, rate: int, batch: int, threads: int) -> dict[str, Any]:
    """How long a push of one chunk takes."""
    fixed = frontend.contract.axes[0]
    shape = (fixed if isinstance(fixed, int) else batch, chunk)
    with frontend.stream(shape[0]) as stream:
        median, runs = _median(stream.push, _noise(frontend, shape), _PUSHES)
    return {
        "chunk_samples": chunk,
        "batch": shape[0],
        "threads": threads or "auto",
        "provider": frontend.provider,
        "microseconds_per_push": 1e6 * median,
        "real_time_factor": median * rate / (chunk * shape[0]),
        "runs": runs,
    }


def _noise(frontend: Frontend, shape: tuple[int, ...]) -> NDArray[Any]:
    generate = generated_pcm if frontend.contract.dtype == np.int16 else generated_signal
    return generate(shape, seed=1)


def _median(
    call: Callable[[NDArray[Any]], Any], audio: NDArray[Any], most: int = _MOST_RUNS
) -> tuple[float, int]:
    """Median seconds of a call, and over how many."""
    for _ in range(_WARM_UP):
        call(audio)
    times: list[float] = []
    begin = time.perf_counter()
    while len(times) < most and time.perf_counter() - begin < _MOST_SECONDS:
        start = time.perf_counter()
        call(audio)
        times.append(time.perf_counter() - start)
    return statistics.median(times), len(times)
