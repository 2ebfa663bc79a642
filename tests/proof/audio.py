"""Audio that shows where a file and its module part. Every function gives float64 (samples,)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float64]
Make = Callable[[int], Wave]


def _noise(samples: int, seed: int = 0) -> Wave:
    return np.random.default_rng(seed).standard_normal(samples)


def _sine(samples: int, cycles: float) -> Wave:
    """A sine with so many cycles per sample."""
    return np.sin(2 * np.pi * cycles * np.arange(samples))


def _impulse(samples: int) -> Wave:
    audio = np.zeros(samples)
    audio[samples // 3] = 1.0
    return audio


def _onset(samples: int) -> Wave:
    audio = 0.1 * _noise(samples, 3)
    audio[: samples // 2] = 0.0
    return audio


def _voice(samples: int) -> Wave:
    """Harmonics of a pitch that moves, with syllables."""
    t = np.arange(samples) / 16000
    phase = 2 * np.pi * np.cumsum(140 + 20 * np.sin(2 * np.pi * 3 * t)) / 16000
    tones = sum(np.sin(h * phase) / h for h in range(1, 25))
    return 0.2 * np.asarray(tones) * (0.5 + 0.5 * np.sin(2 * np.pi * 2 * t)) ** 2


def _chirp(samples: int) -> Wave:
    n = np.arange(samples)
    return 0.8 * np.sin(np.pi * n * n / (2 * samples))


SIGNALS: dict[str, Make] = {
    "noise": lambda n: 0.1 * _noise(n),
    "silence": lambda n: np.zeros(n),
    "tone on a bin": lambda n: 0.8 * _sine(n, 1 / 16),
    "silence, then noise": _onset,
    "noise, then silence": lambda n: _onset(n)[::-1],
    "voice": _voice,
    "DC": lambda n: np.full(n, 0.5),
    "tone between bins": lambda n: 0.8 * _sine(n, 0.0623457),
    "noise with DC": lambda n: 0.5 + 0.02 * _noise(n, 4),
    "loud and faint tone": lambda n: 0.9 * _sine(n, 0.03) + 9e-6 * _sine(n, 0.21),
    "impulse": _impulse,
    "decay": lambda n: _noise(n, 5) * 0.5 * 10 ** (-6 * np.arange(n) / n),
    "fading in": lambda n: _sine(n, 0.0271) * 10 ** (-6 * (1 - np.arange(n) / n)),
    "-80 dB": lambda n: 1e-4 * _noise(n, 6),
    "clipped": lambda n: np.clip(3 * _sine(n, 0.0171) + _noise(n, 7), -1, 1),
    "beyond full scale": lambda n: 2.5 * _sine(n, 0.2 / (2 * np.pi)) + 0.3 * _noise(n, 8),
    "chirp": _chirp,
    "loud noise": lambda n: 0.3 * _noise(n, 9),
}
"""In the order in which a fault is best shown."""


def waves(names: Sequence[str], samples: int) -> NDArray[np.float32]:
    """A batch of signals, float32 ``(batch, samples)``; the same for the same arguments."""
    rows = [SIGNALS[name](samples).astype(np.float32) for name in names]
    return np.stack(rows)
