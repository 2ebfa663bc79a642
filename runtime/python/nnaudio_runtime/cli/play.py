"""A whole signal through a stream, block by block."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nnaudio_runtime.frontend import Frontend


def play(
    frontend: Frontend, signal: NDArray[Any], sample_rate: int | None, block: int
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Pushes a signal in blocks and times each push.

    Args:
        frontend: with a streaming graph.
        signal: in a shape that the front end takes.
        sample_rate: in Hz, checked where given.
        block: samples (frames of an inverse) in a push; 0: as many as the graph's chunk.

    Returns:
        The outputs by name, and what was seen: the block's length, how many pushes there were and
        the median push in microseconds.

    Raises:
        AudioError: the signal does not fit.
        ModelFileError: the graph takes whole signals only.
    """
    signal = frontend.contract.admit(signal, sample_rate)
    stream = frontend.stream(len(signal))
    info = frontend.info
    assert info is not None  # else it would not stream
    assert info.streaming is not None
    axis = info.input_axes.index(info.length_axis)
    size = block or info.streaming.chunk
    starts = range(size, signal.shape[axis], size)
    parts, times = [], []
    for one in np.split(signal, starts, axis):
        start = time.perf_counter()
        parts.append(stream.push(one))
        times.append(time.perf_counter() - start)
    parts.append(stream.flush())
    rows = [part if isinstance(part, tuple) else (part,) for part in parts]
    outputs = {
        name: np.concatenate(pieces, along)
        for name, along, *pieces in zip(frontend.output_names, stream.time_axes, *rows, strict=True)
    }
    median = 1e6 * statistics.median(times)
    return outputs, {"block": size, "pushes": len(times), "push_microseconds": median}
