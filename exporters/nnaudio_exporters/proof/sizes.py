"""At which lengths and batch sizes module and file are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from nnaudio_exporters.prepare.assumptions import Condition
from nnaudio_exporters.prepare.inputs import Input

BATCHES = (1, 3)
MOST_BATCH = 9
# Batch sizes up to here are looked at one by one, and can be tried.
MOST_BATCHES = 16
# Sizes that nobody has: a bound beyond them is none.
ENDLESS, ENDLESS_BATCH = 2**40, 2**20
_SECOND = 16000  # where the module knows no rate
_FRAMES = 100  # about a second, where the input has frames
# Lengths that are looked at one by one, from the shortest on: more than a hop of any layer.
_DENSE = 2100
_A_HOP = 700


def core_sizes(model_input: Input) -> list[tuple[int, int]]:
    """Batch sizes and lengths for every signal: the shortest, an odd one, about a second."""
    shortest = model_input.min_length
    if not model_input.open_length:
        return [(1, shortest)]
    odd = 3 * shortest + (shortest + 1) % 2
    # About a second of speech, unless the module's own minimum is longer.
    long = max(8 * shortest, _SECOND if model_input.length_axis == "samples" else _FRAMES)
    longest = model_input.max_length or long
    lengths = dict.fromkeys(min(length, longest) for length in (shortest, odd, long))
    return [(batch, length) for length in lengths for batch in batches(model_input)]


def batches(model_input: Input) -> list[int]:
    """The usual batch sizes, within the bounds."""
    if "batch" not in model_input.axes:
        return [1]
    return list(dict.fromkeys(model_input.admitted_batch(batch) for batch in BATCHES))


def more_sizes(model_input: Input, hop: int | None) -> Iterator[tuple[int, int]]:
    """Sizes for noise alone: around whole hops and blocks of them, and the largest batch."""
    shortest, longest = model_input.min_length, model_input.max_length
    if not model_input.open_length:
        return
    step = hop or 1
    for count in (1, 16):
        edge = -(-shortest // step) * step + count * step
        for length in (edge - 1, edge, edge + 1):
            if shortest <= length <= (longest or length):
                yield model_input.admitted_batch(1), length
    if "batch" in model_input.axes:
        yield model_input.admitted_batch(MOST_BATCH), shortest


class Failing(NamedTuple):
    """Where a condition fails.

    Attributes:
        sizes: a few batch sizes and lengths that can be tried.
        batches: around the traced one, for which it holds; None where it holds for all.
        lengths: the same of lengths.
        gaps: it holds again for some lengths beyond that range.
    """

    sizes: list[tuple[int, int]]
    batches: range | None
    lengths: range | None
    gaps: bool = False


def where_it_fails(condition: Condition, model_input: Input, reach: int) -> Failing:
    """Sizes at which a condition fails, and the range around the traced ones in which it holds.

    Args:
        condition: what a trace assumed.
        model_input: shortest length and axes.
        reach: longest length that can be tried.
    """
    shortest, longest = model_input.min_length, model_input.max_length or ENDLESS
    batch, length = 2, min(2 * shortest + 6, longest)

    def of_batches(n: int) -> bool:
        return condition.holds(n, length)

    def of_lengths(n: int) -> bool:
        return all(condition.holds(count, n) for count in together)

    # A claim about both at once is looked at for all batch sizes that are tried.
    together = [batch]
    counts = [n for n in _batches_looked_at() if not of_batches(n)]
    looked = _looked_at(shortest, min(reach, longest), longest)
    lengths = [n for n in looked if not of_lengths(n)]
    joint = condition.own and bool(lengths) and condition.joint
    if joint:
        together = list(range(1, MOST_BATCHES + 1))
        lengths = [n for n in looked if not of_lengths(n)]
    sizes = [(n, length) for n in counts if n <= MOST_BATCHES][:2]
    # Where one item shows it, too, there is half as much to run.
    near = [n for n in lengths if n <= reach]
    sizes += [(batch if condition.holds(1, n) else 1, n) for n in _spread(near, length)]
    held = _around(batch, 1, ENDLESS_BATCH, of_batches, counts) if counts else None
    if joint:
        held = range(1, MOST_BATCHES + 1)
    if not lengths:
        return Failing(sizes, held, None)
    around = _around(length, shortest, longest, of_lengths, lengths)
    beyond = range(around.stop + 1, min(around.stop + _A_HOP, longest))
    return Failing(sizes, held, around, any(of_lengths(n) for n in beyond))


def _batches_looked_at() -> list[int]:
    """Batch sizes one by one, then ever further apart, each with its neighbours."""
    powers = (2**n for n in range(5, ENDLESS_BATCH.bit_length()))
    return [*range(1, MOST_BATCHES + 1), *(n + near for n in powers for near in (-1, 0, 1))]


def _looked_at(shortest: int, reach: int, longest: int) -> list[int]:
    """Lengths one by one, then ever further apart, each with its neighbours."""
    found = dict.fromkeys([*range(shortest, min(shortest + _DENSE, longest) + 1), reach])
    far = shortest + _DENSE
    while far < longest:
        found.update(dict.fromkeys((far, far + 1)))
        far += max(far // 16, 1)
    found[longest] = None
    return sorted(found)


def _spread(lengths: Sequence[int], length: int) -> list[int]:
    """Of the lengths, the nearest below and above, and the farthest."""
    below = [n for n in lengths if n < length][-1:]
    above = [n for n in lengths if n > length]
    return list(dict.fromkeys([*below, *above[:1], *above[-1:]]))


def _around(
    middle: int, least: int, most: int, holds: Callable[[int], bool], failing: Sequence[int]
) -> range:
    """The range around a number in which something holds; numbers that fail are known in part."""
    low = max((n for n in failing if n < middle), default=least - 1)
    high = min((n for n in failing if n > middle), default=most + 1)
    good = middle
    while low >= least and good - low > 1:
        half = (good + low) // 2
        good, low = (half, low) if holds(half) else (good, half)
    good = middle
    while high <= most and high - good > 1:
        half = (good + high) // 2
        good, high = (half, high) if holds(half) else (good, half)
    return range(low + 1, high)
