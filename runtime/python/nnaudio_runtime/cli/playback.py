"""Plays audio through a streaming file as a microphone would, and says what came when."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from nnaudio_runtime.errors import AudioError, ModelFileError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from nnaudio_runtime.files.metadata import Metadata
    from nnaudio_runtime.frontend import Frontend


def described(info: Metadata) -> dict[str, Any]:
    """What a streaming file says of its stream, as plain values; empty for whole signals."""
    spec = info.streaming
    if spec is None:
        return {}
    result: dict[str, Any] = {
        f"chunk_{info.length_axis}": spec.chunk,
        f"latency_{info.length_axis}": spec.latency,
    }
    # Frames last as long as a hop of the audio that they came from.
    unit = 1 if info.length_axis == "samples" else info.hop_length
    if info.sample_rate is not None and unit is not None:
        milliseconds = 1e3 * unit / info.sample_rate
        result |= {
            "chunk_ms": milliseconds * spec.chunk,
            "latency_ms": milliseconds * spec.latency,
        }
    return result | {"state_size": spec.state_size}


def play(
    path: Path, frontend: Frontend, signal: NDArray[Any], block: float
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Pushes a signal block by block, as fast as it goes.

    Args:
        path: of the front end.
        frontend: of a streaming file that takes audio.
        signal: ``(batch, samples)``, or ``(samples,)``.
        block: length of a push in seconds.

    Returns:
        Output name -> array, as of the whole signal; and what was measured.

    Raises:
        AudioError: the audio does not fit.
        ModelFileError: the file takes whole signals, or no audio.
    """
    rate, info = frontend.contract.sample_rate, frontend.info
    if not rate or info is None or info.length_axis != "samples":
        raise ModelFileError(f"{path} does not say that it takes audio, and at which rate")
    if signal.ndim not in (1, 2):
        raise AudioError(f"the audio has shape {signal.shape}, a stream takes (batch, samples)")
    signal = np.atleast_2d(signal)
    samples = signal.shape[1]
    size = max(1, round(block * rate))
    times: list[float] = []
    pieces: list[tuple[NDArray[Any], ...]] = []
    with frontend.stream(len(signal)) as stream:
        for start in [*range(0, samples, size), samples]:
            begin = time.perf_counter()
            end = start == samples
            given = stream.flush() if end else stream.push(signal[:, start : start + size])
            times.append(time.perf_counter() - begin)
            pieces.append(given if isinstance(given, tuple) else (given,))
        frames, axes = stream.frames, stream.time_axes
    outputs = {
        name: np.concatenate(along, axis)
        for name, along, axis in zip(
            frontend.output_names, zip(*pieces, strict=True), axes, strict=True
        )
    }
    seconds = samples / rate
    return outputs, {
        "seconds": seconds,
        "frames": frames,
        "frames_per_second": frames / seconds,
        "block_samples": size,
        "microseconds_per_push": 1e6 * statistics.median(times[:-1]),
        "real_time_factor": sum(times) / (seconds * len(signal)),
        **described(info),
    }
