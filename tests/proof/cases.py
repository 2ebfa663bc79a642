"""Which inputs a file is tried on: what it says that it takes, and where a module may change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random

import numpy as np
from nnaudio_runtime import Metadata
from numpy.typing import NDArray
from proof.audio import SIGNALS, waves
from proof.model import Model

BATCHES = (1, 2, 3, 5, 8, 9, 16)
_NAMES = tuple(SIGNALS)
# Values of one input, so that a batch of minutes fits the memory.
_MOST_VALUES = 3_000_000


@dataclass(frozen=True)
class Case:
    """One input.

    Attributes:
        signals: a name per item of the batch.
        length: in samples.
        stereo: two channels, of which the second is the first, fainter and reversed.
    """

    signals: tuple[str, ...]
    length: int
    stereo: bool = False

    def audio(self) -> NDArray[np.float32]:
        """The input, ``(batch, samples)`` or ``(batch, 2, samples)``."""
        mono = waves(self.signals, self.length)
        return np.stack([mono, 0.5 * mono[:, ::-1]], axis=1) if self.stereo else mono

    def __str__(self) -> str:
        return f"batch {len(self.signals)}, {self.length} samples, {', '.join(self.signals)}"


def cases(model: Model, info: Metadata | None, *, thorough: bool = False) -> Iterator[Case]:
    """Inputs of the domain that a file declares, those that show most first.

    Args:
        model: names lengths at which it changes.
        info: of the file.
        thorough: also minutes of audio, and every length named.
    """
    rng = Random(model.source)
    shortest = info.min_length if info else 1
    longest = (info.max_length if info else None) or 10**9
    least = info.min_batch if info else 1
    most = (info.max_batch if info else None) or max(BATCHES)
    if info and info.input_axes[0] != "batch":
        least = most = int(info.input_axes[0])
    batches = [batch for batch in BATCHES if least <= batch <= most] or [least]
    names = cycle(_NAMES)

    def case(batch: int, length: int, first: str = "") -> Case:
        batch = min(batch, max(batches))
        chosen = [*([first] if first else []), *islice(names, batch - bool(first))]
        return Case(tuple(chosen), length, model.stereo)

    def fits(length: int) -> bool:
        return shortest <= length <= longest

    second = min(max(model.rate, shortest), longest)
    # All signals at one second: items of a batch are judged one by one.
    for start in range(0, len(_NAMES), max(batches)):
        chosen = _NAMES[start : start + max(batches)]
        yield Case(chosen, second, model.stereo)
    yield case(1, shortest, "noise")
    yield case(2, shortest + 1)
    for batch in batches:
        yield case(batch, min(second + 17 * batch, longest), "noise")
    named = [length for length in model.lengths if fits(length)]
    if not thorough and len(named) > 5:
        named = sorted(rng.sample(named, 5))
    others = [shortest + rng.randrange(1, 4 * model.rate) for _ in range(4 if thorough else 2)]
    for length in [*named, *others]:
        if fits(length):
            yield case(1 if length > 10 * model.rate else rng.choice(batches), length)
    long = [10, 60] if thorough else [10, 32]
    if thorough and set(model.tags) & WHOLE_SIGNAL:
        long.append(300)
    for seconds in long:
        if fits(seconds * model.rate):
            length = seconds * model.rate
            yield case(max(1, min(3, _MOST_VALUES // length)), length)
    # Bounded by what parity ran, which may be more memory than there is for all the other cases.
    if longest <= _MOST_VALUES or (thorough and longest < 10 * _MOST_VALUES):
        yield case(1, longest, "noise")


WHOLE_SIGNAL = frozenset(
    (
        "waveform normalisation",
        "rms normalisation",
        "dc removal",
        "utterance normalisation",
        "cepstral mean",
        "running mean",
        "instance norm",
        "pcen like",
        "squeeze and excite",
        "tdnn with statistics",
        "pooled rows",
        "picture network",
        "pooled picture",
        "attention pooling",
        "over time",
        "pooled sequence",
        "recurrent",
        "float clock",
        "branch on frames",
        "first frames",
    )
)
"""Parts whose error may grow with the length."""
