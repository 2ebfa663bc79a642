"""Signals that show where a graph and its module part."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from nnaudio_runtime.files.selftest import generated_signal
from numpy.typing import NDArray

Signal = NDArray[np.float32]
Shape = tuple[int, ...]


def _noise(shape: Shape) -> Signal:
    return generated_signal(shape, seed=20)


def _chirp(shape: Shape) -> Signal:
    n = np.arange(math.prod(shape), dtype=np.float64)
    # From 0 to Nyquist over the whole signal.
    return (0.8 * np.sin(np.pi * n * n / (2 * n.size))).astype(np.float32).reshape(shape)


def _impulse(shape: Shape) -> Signal:
    signal = np.zeros(math.prod(shape), dtype=np.float32)
    signal[signal.size // 3] = 1.0
    return signal.reshape(shape)


SIGNALS: dict[str, Callable[[Shape], Signal]] = {
    "noise": _noise,
    "chirp": _chirp,
    "silence": lambda shape: np.zeros(shape, dtype=np.float32),
    "impulse": _impulse,
    "full scale": lambda shape: np.sign(generated_signal(shape, seed=21)),
    "-80 dB": lambda shape: np.float32(1e-4) * generated_signal(shape, seed=22),
    "DC": lambda shape: np.full(shape, 0.5, dtype=np.float32),
}
"""Name → function from a shape to a float32 signal of that shape, in -1 ... 1, in C order."""
