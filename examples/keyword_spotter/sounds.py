"""Three keywords made of tones, the sounds between them, and a recording with known times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]

SR = 16000
KEYWORDS = ("rise", "fall", "trill")
LABELS = ("none", *KEYWORDS)
LENGTH = 0.5  # seconds of a keyword


def _tone(frequency: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A tone with three harmonics, faded in and out; ``frequency`` in Hz, one per sample."""
    phase = 2 * np.pi * np.cumsum(frequency) / SR
    strengths = rng.uniform(0.2, 1, 3) / np.arange(1, 4)
    tone = np.zeros(len(phase))
    for k, strength in enumerate(strengths):
        tone += strength * np.sin((k + 1) * phase + rng.uniform(0, 2 * np.pi))
    from_edge = np.minimum(np.arange(len(tone)), np.arange(len(tone))[::-1])
    return np.minimum(1, from_edge / 400) * tone


def keyword(name: str, rng: np.random.Generator) -> Audio:
    """One keyword as somebody else would sing it: another pitch, range and speed."""
    n = int(SR * LENGTH * rng.uniform(0.85, 1.15))
    low = rng.uniform(300, 500)
    high = low * rng.uniform(2.2, 3)
    t = np.linspace(0, 1, n)
    if name == "trill":
        up = np.floor(t * rng.integers(7, 10)) % 2
        frequency = np.where(up > 0, high, low)
    else:
        frequency = low * (high / low) ** (t if name == "rise" else 1 - t)
    tone = _tone(frequency, rng)
    return (rng.uniform(0.1, 0.4) * tone / np.abs(tone).max()).astype(np.float32)


def background(n: int, rng: np.random.Generator) -> Audio:
    """Noise, and often a steady tone or a click: nothing that is a keyword."""
    noise = rng.standard_normal(n) * 10 ** rng.uniform(-3, -1.7)
    if rng.random() < 0.5:
        begin, length = int(rng.integers(0, n)), int(SR * rng.uniform(0.1, 0.6))
        tone = _tone(np.full(min(length, n - begin), rng.uniform(200, 2000)), rng)
        noise[begin : begin + len(tone)] += rng.uniform(0.05, 0.3) * tone
    return noise.astype(np.float32)


def window(label: int, rng: np.random.Generator) -> Audio:
    """One second with a keyword well inside it; for label 0 without one, or with half of one."""
    audio = background(SR, rng)
    name = KEYWORDS[label - 1] if label else str(rng.choice(KEYWORDS))
    word = keyword(name, rng)
    if label:
        begin = int(rng.integers(0, SR - len(word)))
        audio[begin : begin + len(word)] += word
    elif rng.random() < 0.5:
        heard = len(word) // 3  # the window begins or ends within it
        if rng.random() < 0.5:
            audio[:heard] += word[-heard:]
        else:
            audio[-heard:] += word[:heard]
    return audio


def recording(seed: int = 7, seconds: int = 12) -> tuple[Audio, list[tuple[float, str]]]:
    """A recording that no training saw, with the middle and name of each of its keywords."""
    rng = np.random.default_rng(seed)
    audio = np.concatenate([background(SR, rng) for _ in range(seconds)])
    truth: list[tuple[float, str]] = []
    for k, name in enumerate(("fall", "trill", "rise", "rise", "fall", "trill")):
        word = keyword(name, rng)
        begin = int(SR * (1 + 1.7 * k + rng.uniform(0, 0.4)))
        audio[begin : begin + len(word)] += word
        truth.append(((begin + len(word) / 2) / SR, name))
    return audio, truth
