"""Signals that show where a graph and its module part.

Each is a function of the shape alone. Time is the last axis; frequencies are shares of the sampling
rate. The items of a batch differ, but for those of silence and of a constant.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from nnaudio_runtime.files.selftest import generated_signal
from numpy.typing import NDArray

Signal = NDArray[np.float32]
Shape = tuple[int, ...]
Make = Callable[[Shape], Signal]

# Of the rate: a bin of every transform whose size is a multiple of 16.
_ON_A_BIN = 1 / 16
# A third of a bin beside the nearest one, at every power of two from 256 on; half a bin at 400.
_BETWEEN_BINS = 49 / 768


@dataclass(frozen=True)
class Kind:
    """A signal, and where it is tried.

    Attributes:
        make: from a shape to float32 of that shape.
        everywhere: at every size; else at one, since what it shows does not depend on the size.
        loudest: largest absolute value that it may reach.
    """

    make: Make
    everywhere: bool = False
    loudest: float = 1.0


def signals(loudest: float = math.inf) -> dict[str, Kind]:
    """The signals by name, those that are tried everywhere first.

    Args:
        loudest: leave out what goes beyond this.

    Example:
        >>> "noise" in signals(), "beyond full scale" in signals(loudest=1.0)
        (True, False)
    """
    return {name: kind for name, kind in _SIGNALS.items() if kind.loudest <= loudest}


def _noise(shape: Shape) -> Signal:
    return generated_signal(shape, seed=20)


def _chirp(shape: Shape) -> Signal:
    n = np.arange(math.prod(shape), dtype=np.float64)
    # From 0 to Nyquist over the whole signal.
    return _rounded(0.8 * np.sin(np.pi * n * n / (2 * n.size))).reshape(shape)


def _impulse(shape: Shape) -> Signal:
    signal = np.zeros(math.prod(shape), dtype=np.float32)
    signal[signal.size // 3] = 1.0
    return signal.reshape(shape)


def _tone(shape: Shape, frequency: float) -> Signal:
    return _rounded(0.8 * np.sin(2 * np.pi * frequency * _along(shape)))


def _loud_and_faint(shape: Shape) -> Signal:
    # The faint one where a window's side lobes hide it least: far off, and on a bin.
    loud, faint = (np.sin(2 * np.pi * share * _along(shape)) for share in (_BETWEEN_BINS, 5 / 16))
    return _rounded(0.9 * loud + 0.9e-5 * faint)


def _silence_then_noise(shape: Shape) -> Signal:
    return generated_signal(shape, seed=24) * _second_half(shape)


def _noise_then_silence(shape: Shape) -> Signal:
    return generated_signal(shape, seed=25) * ~_second_half(shape)


def _decay(shape: Shape) -> Signal:
    # 120 dB from begin to end.
    return _rounded(2 * generated_signal(shape, seed=26) * 10 ** (-6 * _share(shape)))


def _voice(shape: Shape) -> Signal:
    """A vowel: harmonics of 120 Hz with a vibrato, if the rate is 16 kHz, under three formants."""
    n = _along(shape)
    fundamental = 0.0075
    # 5 Hz at 16 kHz, a quarter of a semitone.
    bend = 0.015 * fundamental / 3e-4 * np.sin(2 * np.pi * 3e-4 * n)
    total = np.zeros_like(n)
    for harmonic in range(1, int(0.5 / fundamental)):
        at = harmonic * fundamental
        formants = ((0.044, 1.0), (0.075, 0.5), (0.16, 0.2))
        level = sum(gain / (1 + ((at - centre) / 0.006) ** 2) for centre, gain in formants)
        total += level * np.sin(harmonic * (2 * np.pi * fundamental * n + bend))
    return _rounded(0.25 * total)


def _clipped(shape: Shape) -> Signal:
    return np.clip(8 * generated_signal(shape, seed=27), -1, 1)


def _along(shape: Shape) -> NDArray[np.float64]:
    """0, 1, 2 ... in C order, a little later in each row, so that no two rows are the same."""
    n = np.arange(math.prod(shape), dtype=np.float64).reshape(shape)
    return n + 0.618 * (n // shape[-1])


def _share(shape: Shape) -> NDArray[np.float64]:
    """From 0 to 1 along time."""
    return np.broadcast_to(np.arange(shape[-1]) / shape[-1], shape)


def _second_half(shape: Shape) -> NDArray[np.bool_]:
    return _share(shape) >= 0.5


def _rounded(signal: NDArray[np.float64]) -> Signal:
    return signal.astype(np.float32)


_SIGNALS = {
    "noise": Kind(_noise, everywhere=True),
    "chirp": Kind(_chirp, everywhere=True),
    "silence": Kind(lambda shape: np.zeros(shape, dtype=np.float32), everywhere=True),
    "impulse": Kind(_impulse, everywhere=True),
    "full scale": Kind(lambda shape: np.sign(generated_signal(shape, seed=21)), everywhere=True),
    "-80 dB": Kind(
        lambda shape: np.float32(1e-4) * generated_signal(shape, seed=22), everywhere=True
    ),
    "DC": Kind(lambda shape: np.full(shape, 0.5, dtype=np.float32), everywhere=True),
    "tone on a bin": Kind(lambda shape: _tone(shape, _ON_A_BIN)),
    "tone between bins": Kind(lambda shape: _tone(shape, _BETWEEN_BINS)),
    "silence, then noise": Kind(_silence_then_noise),
    "noise, then silence": Kind(_noise_then_silence),
    "decay": Kind(_decay),
    "voice": Kind(_voice),
    "loud and faint tone": Kind(_loud_and_faint),
    "clipped noise": Kind(_clipped),
    "beyond full scale": Kind(lambda shape: 5 * generated_signal(shape, seed=28), loudest=2.5),
    "noise with offset": Kind(lambda shape: generated_signal(shape, seed=29) + np.float32(0.5)),
}
