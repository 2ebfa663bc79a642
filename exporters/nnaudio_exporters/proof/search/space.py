"""The inputs that a file says it takes: drawn at random, and moved a little."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from nnaudio_runtime.files.metadata import Metadata

from nnaudio_exporters.prepare.inputs import Input
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.proof.search.case import SPECTRA, Case, time_axis

# Where a file sets no bound: values of an input, and signals in one run.
_MOST_VALUES = 2**22
_MOST_BATCH = 17
_FAINTEST, _LOUDEST = -120.0, 8.0
# Blocks in which engines and modules like to work.
_BLOCKS = (128, 1024, 4096, 16000)


@dataclass(frozen=True)
class Space:
    """The inputs of a file.

    Attributes:
        input: its shape and its values.
        shortest: shortest length.
        longest: longest length.
        least_batch: fewest signals.
        most_batch: most signals.
        scales: lengths near whose multiples something may change.
        loudest: level in decibels.
    """

    input: Input
    shortest: int
    longest: int
    least_batch: int
    most_batch: int
    scales: tuple[int, ...]
    loudest: float

    @classmethod
    def of(cls, prepared: PreparedModule, info: Metadata) -> Space:
        """The space of a file.

        Args:
            prepared: its module.
            info: what it says that it takes.
        """
        model_input = prepared.input
        open_batch = "batch" in model_input.axes
        shortest = model_input.min_length
        longest = shortest
        if model_input.open_length:
            others = math.prod(model_input.shape(1, 1))
            longest = max(shortest, min(info.max_length or _MOST_VALUES, _MOST_VALUES // others))
        chunk = info.streaming.chunk if info.streaming else None
        own = [size for size in (info.hop_length, chunk) if size]
        own += [size for size in info.config.values() if type(size) is int and size > 1]
        return cls(
            model_input,
            max(shortest, info.min_length) if model_input.open_length else shortest,
            longest,
            info.min_batch if open_batch else 1,
            (info.max_batch or max(info.min_batch, _MOST_BATCH)) if open_batch else 1,
            tuple(sorted({shortest, *own, *_BLOCKS})),
            0.0 if math.isfinite(prepared.loudest) else _LOUDEST,
        )

    def simplest(self) -> Case:
        """Noise, a few times as long as the shortest input."""
        length = min(self.longest, 2 * self.shortest)
        return Case(self.least_batch, length, level=min(-6.0, self.loudest))

    def values(self, case: Case) -> int:
        """How many values an input has."""
        return math.prod(self.input.shape(case.batch, case.length))

    def draw(self, rng: random.Random, values: int) -> Case:
        """A case from the whole space.

        Args:
            rng: is drawn from.
            values: most values that the input may have, where the space has such.
        """
        per_unit = math.prod(self.input.shape(self.least_batch, 1))
        length = self._length(rng, max(self.shortest, min(self.longest, values // per_unit)))
        per_item = math.prod(self.input.shape(1, length))
        most = max(self.least_batch, min(self.most_batch, values // per_item))
        case = Case(
            _log_uniform(rng, self.least_batch, most),
            length,
            rng.choice(SPECTRA),
            round(rng.uniform(_FAINTEST, self.loudest), 1),
            _frequency(rng),
            _frequency(rng),
            round(rng.uniform(_FAINTEST, 0), 1),
            decay=rng.choice((0.0, 0.0, 0.0, 20.0, 60.0, 120.0)),
            offset=rng.choice((0.0, 0.0, 0.0, 0.5, 0.9)),
            seed=rng.randrange(1000),
        )
        return self._ends(rng, case)

    def moved(self, rng: random.Random, case: Case, values: int) -> Case:
        """A case beside another: one or two of its numbers are others."""
        for _ in range(rng.choice((1, 1, 2))):
            case = rng.choice(_MOVES)(self, rng, case)
        return case if self.values(case) <= values else replace(case, batch=self.least_batch)

    def _length(self, rng: random.Random, most: int) -> int:
        length = _log_uniform(rng, self.shortest, most)
        if rng.random() < 0.5:
            scale = rng.choice(self.scales)
            length = round(length / scale) * scale + rng.choice((-1, 0, 1))
        return min(max(length, self.shortest), most)

    def _ends(self, rng: random.Random, case: Case) -> Case:
        """The same with another begin and end."""
        time = self.input.shape(case.batch, case.length)[time_axis(self.input)]
        start = 0 if rng.random() < 0.5 else self._place(rng, time)
        stop = None if rng.random() < 0.6 else self._place(rng, time)
        if stop is not None and stop <= start:
            start, stop = stop, start
        return replace(case, start=start, stop=stop or None)

    def _place(self, rng: random.Random, length: int) -> int:
        place = rng.randrange(length)
        if rng.random() < 0.5:
            scale = rng.choice(self.scales)
            place = place // scale * scale + rng.choice((-1, 0, 1))
        return min(max(place, 0), length - 1)


def _move_length(space: Space, rng: random.Random, case: Case) -> Case:
    factor = math.exp(rng.uniform(-0.3, 0.3))
    length = case.length + rng.choice((-1, 1, round(case.length * (factor - 1))))
    return case.cut(min(max(length, space.shortest), space.longest))


def _move_batch(space: Space, rng: random.Random, case: Case) -> Case:
    batch = case.batch + rng.choice((-1, 1))
    return replace(case, batch=min(max(batch, space.least_batch), space.most_batch))


def _move_level(space: Space, rng: random.Random, case: Case) -> Case:
    level = case.level + rng.choice((-20, -6, -1, 1, 6, 20))
    return replace(case, level=round(min(max(level, _FAINTEST), space.loudest), 1))


def _move_frequency(_: Space, rng: random.Random, case: Case) -> Case:
    # From a fraction of a bin to an octave.
    step = 2 ** rng.uniform(-14, -1) * rng.choice((-1, 1))
    field = rng.choice(("frequency", "second"))
    return replace(case, **{field: round(abs(getattr(case, field) + step) % 0.5, 6)})


def _move_faint(_: Space, rng: random.Random, case: Case) -> Case:
    faint = min(max(case.faint + rng.choice((-20, -6, 6, 20)), _FAINTEST), 0.0)
    return replace(case, faint=round(faint, 1))


def _move_ends(space: Space, rng: random.Random, case: Case) -> Case:
    return space._ends(rng, case)


def _move_start(_: Space, rng: random.Random, case: Case) -> Case:
    reach = 2 ** rng.uniform(0, math.log2(max(case.length, 2)))
    start = case.start + round(rng.choice((-1, 1)) * reach)
    return replace(case, start=min(max(start, 0), (case.stop or case.length) - 1))


def _move_shape(_: Space, rng: random.Random, case: Case) -> Case:
    return rng.choice(
        (
            replace(case, spectrum=rng.choice(SPECTRA)),
            replace(case, offset=rng.choice((0.0, 0.5, 0.9, 0.99))),
            replace(case, decay=rng.choice((0.0, 20.0, 60.0, 120.0, 200.0))),
            replace(case, seed=rng.randrange(1000)),
        )
    )


_MOVES: tuple[Callable[[Space, random.Random, Case], Case], ...] = (
    _move_length,
    _move_batch,
    _move_level,
    _move_frequency,
    _move_frequency,
    _move_faint,
    _move_ends,
    _move_start,
    _move_shape,
)


def _log_uniform(rng: random.Random, least: int, most: int) -> int:
    return min(most, int(math.exp(rng.uniform(math.log(least), math.log(most + 1)))))


def _frequency(rng: random.Random) -> float:
    # Half of them low, where filters are narrow.
    return round(rng.uniform(0, 0.5) ** rng.choice((1, 2)), 6)
