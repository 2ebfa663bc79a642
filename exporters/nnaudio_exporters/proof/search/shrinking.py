"""From a case that fails to the simplest one that fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from nnaudio_exporters.proof.search.case import SPECTRA, Case
from nnaudio_exporters.proof.search.space import Space

Fails = Callable[[Case], bool]

_PLAIN: dict[str, Any] = {field.name: field.default for field in fields(Case)}


def shrunk(case: Case, space: Space, fails: Fails) -> Case:
    """The simplest case that is found.

    Each number is made as simple as it can be while the others stay, until none gets simpler.

    Args:
        case: fails.
        space: that it is from.
        fails: tries another one; False for all from when the time is over.
    """
    before = None
    while case != before:
        before = case
        for simpler in (_without, _fewer, _shorter, _plainer, _rounder):
            case = simpler(case, space, fails)
    return case


def _without(case: Case, _: Space, fails: Fails) -> Case:
    """Leaves out what can be left out."""
    for name in ("offset", "decay", "start", "stop", "seed"):
        case = _first(case, iter([replace(case, **{name: _PLAIN[name]})]), fails)
    return case


def _fewer(case: Case, space: Space, fails: Fails) -> Case:
    batch = _smallest(space.least_batch, case.batch, lambda n: fails(replace(case, batch=n)))
    return replace(case, batch=batch)


def _shorter(case: Case, space: Space, fails: Fails) -> Case:
    """The shortest length; then the earliest begin and the earliest end."""
    length = _smallest(space.shortest, case.length, lambda n: fails(case.cut(n)))
    case = case.cut(length) if length != case.length else case
    for scale in space.scales:
        case = _fewer_blocks(case, scale, space, fails)
    start = _smallest(0, case.start, lambda n: fails(replace(case, start=n)))
    case = replace(case, start=start)
    if case.stop is not None:
        least = case.start + 1
        stop = _smallest(least, case.stop, lambda n: fails(replace(case, stop=n)))
        case = replace(case, stop=stop)
    return case


def _fewer_blocks(case: Case, scale: int, space: Space, fails: Fails) -> Case:
    """A shorter length with the same rest, for what shows at some rests only."""
    count = (case.length - space.shortest) // scale
    if count == 0:
        return case
    rest = case.length - count * scale
    fewest = _smallest(0, count, lambda n: fails(case.cut(rest + n * scale)))
    return case.cut(rest + fewest * scale) if fewest != count else case


def _plainer(case: Case, _: Space, fails: Fails) -> Case:
    """A simpler spectrum."""
    simpler = SPECTRA[: SPECTRA.index(case.spectrum)]
    return _first(case, (replace(case, spectrum=one) for one in simpler), fails)


def _rounder(case: Case, _: Space, fails: Fails) -> Case:
    """Numbers with fewer digits."""
    for name in ("frequency", "second", "faint"):
        value = getattr(case, name)
        rounder = [round(value, digits) for digits in range(-1, 7)]
        rounder = [_PLAIN[name], *rounder[: rounder.index(value)]]
        candidates = (replace(case, **{name: one}) for one in rounder if one)
        if value != _PLAIN[name]:
            case = _first(case, candidates, fails)
    whole, sign = round(abs(case.level)), -1 if case.level < 0 else 1
    if whole and (whole == abs(case.level) or fails(replace(case, level=float(sign * whole)))):
        level = _smallest(0, whole, lambda n: fails(replace(case, level=float(sign * n))))
        case = replace(case, level=float(sign * level))
    return case


def _first(case: Case, candidates: Iterator[Case], fails: Fails) -> Case:
    """The first candidate that fails, or the case."""
    return next((one for one in candidates if one != case and fails(one)), case)


def _smallest(least: int, most: int, fails: Callable[[int], bool]) -> int:
    """The smallest number that fails, if all above it do; ``most`` is known to."""
    if least == most or fails(least):
        return least
    while most - least > 1:
        middle = (least + most) // 2
        if fails(middle):
            most = middle
        else:
            least = middle
    return most
