"""Test signals: the sample recordings, and deterministic signals that provoke.

Nothing happens on import. Every function gives fresh float32 audio in -1 ... 1.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]

AUDIO_FOLDER = Path(__file__).parents[1] / "examples" / "audio"
RECORDINGS = ("ambi_piano", "guit_em9", "loop_tabla", "perc_bell", "speech_synthetic")


@cache
def _decoded(name: str) -> tuple[Audio, int]:
    import soundfile

    audio, rate = soundfile.read(AUDIO_FOLDER / f"{name}.flac", dtype="float32", always_2d=True)
    return audio.mean(axis=1, dtype=np.float32), int(rate)


def recording(name: str) -> Audio:
    """A sample recording, mixed to mono ``(samples,)``; 22.05 kHz but for ambi_piano (44.1)."""
    return _decoded(name)[0].copy()


def sample_rate(name: str) -> int:
    """Sampling rate of a sample recording in Hz."""
    return _decoded(name)[1]


def noise(samples: int, seed: int = 0) -> Audio:
    """White noise, uniform in -0.5 ... 0.5."""
    return np.random.default_rng(seed).uniform(-0.5, 0.5, samples).astype(np.float32)


def chirp(samples: int) -> Audio:
    """Sine from 0 to half the sampling rate: every bin is loud once and empty otherwise."""
    n = np.arange(samples)
    return (0.9 * np.sin(np.pi / 2 * n * n / max(samples, 1))).astype(np.float32)


def silence(samples: int) -> Audio:
    """Exact zeros."""
    return np.zeros(samples, np.float32)


def impulse(samples: int) -> Audio:
    """One sample of 1 in the middle: a flat spectrum in few frames, silence in the others."""
    audio = silence(samples)
    audio[samples // 2] = 1.0
    return audio


def full_scale(samples: int) -> Audio:
    """Square wave between exactly -1 and 1, the loudest audio there is."""
    return np.where(np.arange(samples) // 17 % 2 == 0, 1.0, -1.0).astype(np.float32)


def quiet(samples: int) -> Audio:
    """Noise at -80 dB of full scale."""
    return noise(samples, seed=1) * np.float32(1e-4)


def dc(samples: int) -> Audio:
    """A constant of 0.5."""
    return np.full(samples, 0.5, np.float32)


SIGNALS: dict[str, Callable[[int], Audio]] = {
    "noise": noise,
    "chirp": chirp,
    "silence": silence,
    "impulse": impulse,
    "full_scale": full_scale,
    "quiet": quiet,
    "dc": dc,
}
