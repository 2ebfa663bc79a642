"""Streams: what a push costs, what an hour leaves in memory, how many streams one core carries."""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.timing import interleave

if TYPE_CHECKING:
    from nnaudio_runtime import Frontend
    from torch import nn

METHOD = (
    "Streams: one thread. The push of a 20 ms block is timed in turns with the stepper's bare run "
    "on the same bound buffers; the difference is Python. Memory: resident after an hour of audio, "
    "less after its first two minutes. Pool: a block for every stream with push_all, then a step; "
    "the factor is the time of that over the block's, which is also a chunk."
)
_RATE = 16000
_BLOCK = 320
_STREAMS = 5000
_HOUR = 3600 * _RATE
_WARM = 120 * _RATE


def measure(folder: Path) -> dict[str, Any]:
    """All of it; files are written to a folder."""
    mel = _load(_mel(), folder / "mel.onnx", _BLOCK, many=False)
    cqt = _load(_cqt(), folder / "cqt.onnx", 512, many=False)
    denoiser = _load(_denoiser(), folder / "denoiser.onnx", 256, many=False)
    assert cqt.info is not None
    assert cqt.info.streaming is not None
    return {
        "push": _push(mel, _BLOCK),
        "cqt push": _push(cqt, 512),
        "denoiser push": _push(denoiser, 256),
        "cqt latency": 1e3 * cqt.info.streaming.latency / _RATE,
        "growth": _growth(mel),
        "pool": {
            str(chunk): _factor(_load(_mel(), folder / f"mel{chunk}.onnx", chunk, many=True), chunk)
            for chunk in (_BLOCK, 2 * _BLOCK, 4 * _BLOCK)
        },
    }


def _push(frontend: Frontend, size: int) -> dict[str, float]:
    """Median microseconds of the push of a chunk, and of the run alone."""
    block = _noise(1, size)
    chunk = block.copy()
    stream = frontend.stream()
    stepper: Any = frontend._engine.stepper(1)
    present = None
    assert frontend.info is not None
    spec = frontend.info.streaming
    assert spec is not None
    if spec.present is not None:
        present = np.ones((1, spec.frames_per_chunk), np.float32)
    stepper.step(chunk, present)
    session, binding = stepper._session, stepper._bindings[0, 1]
    for _ in range(20):
        stream.push(block)
    timed = interleave(
        {
            "push": lambda: stream.push(block),
            "run": lambda: session.run_with_iobinding(binding),
        },
        rounds=200,
        budget=5.0,
        turn=2e-3,
    )
    push, run = (1e6 * timed.median(name) for name in ("push", "run"))
    return {"push": push, "run": run}


def _growth(frontend: Frontend) -> float:
    """Bytes that an hour of audio adds to the resident memory."""
    block = _noise(1, _BLOCK)
    with frontend.stream() as stream:
        for _ in range(_WARM // _BLOCK):
            stream.push(block)
        before = _resident()
        for _ in range(_HOUR // _BLOCK):
            stream.push(block)
        return _resident() - before


def _factor(frontend: Frontend, chunk: int) -> float:
    """Time over duration of a block of every stream."""
    pool = frontend.pool(_STREAMS, backlog=4)
    for _ in range(_STREAMS):
        pool.join()
    blocks = _noise(_STREAMS, chunk)
    times = []
    for _ in range(30):
        start = time.perf_counter()
        pool.push_all(blocks)
        pool.step()
        times.append(time.perf_counter() - start)
    return median(times[10:]) / (chunk / _RATE)


def _noise(batch: int, size: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (batch, size))
    return noise.astype(np.float32)


def _resident() -> float:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return float(int(pages) * os.sysconf("SC_PAGE_SIZE"))


def _load(layer: nn.Module, path: Path, samples: int, *, many: bool) -> Frontend:
    import nnaudio_runtime

    from nnaudio_export import export_onnx

    export_onnx(layer, path, dynamic=many, streaming=True, samples=samples)
    return nnaudio_runtime.load(path, providers="cpu", intra_op_threads=1)


def _mel() -> nn.Module:
    from nnaudio_export import MelSpectrogram

    return MelSpectrogram(sr=_RATE, n_fft=400, hop_length=160, n_mels=80)


def _cqt() -> nn.Module:
    from nnaudio_export import CQT

    return CQT(sr=_RATE, hop_length=512, n_bins=84)


def _denoiser() -> nn.Module:
    """An STFT and its inverse; a mask network would stand between them."""
    from torch import nn

    from nnaudio_export import ISTFT, STFT

    return nn.Sequential(
        STFT(sr=_RATE, n_fft=512, hop_length=128, output_format="Complex"),
        ISTFT(sr=_RATE, n_fft=512, hop_length=128),
    )
