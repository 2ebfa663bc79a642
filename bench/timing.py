"""The interleaved timer: contenders take turns, so that drift of the machine hits all alike."""

from __future__ import annotations

import gc
import random
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_WARM_UPS = 2
_LONG = 0.25  # seconds; a call that takes longer needs no other before it
_FEWEST_ROUNDS = 3


@dataclass(frozen=True)
class Rounds:
    """Seconds of every contender in every round.

    Example:
        >>> rounds = Rounds({"ours": [1.0, 2.0, 9.0], "theirs": [2.0, 4.0, 4.0]})
        >>> rounds.median("ours"), rounds.ratio("ours", "theirs")
        (2.0, 0.5)
    """

    seconds: dict[str, list[float]]

    @property
    def count(self) -> int:
        return len(next(iter(self.seconds.values())))

    def median(self, name: str) -> float:
        return statistics.median(self.seconds[name])

    def ratio(self, name: str, reference: str) -> float:
        """Median of the rounds' own ratios: what slows one round down cancels."""
        pairs = zip(self.seconds[name], self.seconds[reference], strict=True)
        return statistics.median(own / other for own, other in pairs)


def interleave(
    contenders: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    budget: float,
    turn: float,
    rest: float = 0.0,
) -> Rounds:
    """Times contenders round by round, in a new order in each.

    A turn is a rest, one call that does not count (it brings the contender's memory and threads
    back), then calls for ``turn`` seconds, at least one, whose median counts. Where a call is long,
    a turn is a rest and one call.

    Args:
        contenders: name -> what is timed.
        rounds: most rounds.
        budget: seconds of turns after which no new round begins, once there are three.
        turn: seconds of counted calls in a turn.
        rest: seconds before a turn, in which the threads of the one before fall asleep: those of
            OpenBLAS, which librosa's products run on, keep a core busy for a while after a call.
    """
    long = {name: _call(run) > _LONG for name, run in contenders.items()}
    for _ in range(_WARM_UPS - 1):
        for name, run in contenders.items():
            if not long[name]:
                run()
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    order = list(contenders)
    shuffle = random.Random(0).shuffle
    collecting = gc.isenabled()
    gc.disable()
    try:
        spent = 0.0
        for done in range(rounds):
            if done >= _FEWEST_ROUNDS and spent > budget:
                break
            shuffle(order)
            for name in order:
                time.sleep(rest)
                start = time.perf_counter()
                seconds[name].append(_turn(contenders[name], turn, long=long[name]))
                spent += time.perf_counter() - start
            gc.collect()
    finally:
        if collecting:
            gc.enable()
    return Rounds(seconds)


def _turn(run: Callable[[], object], least: float, *, long: bool) -> float:
    if not long:
        run()
    times: list[float] = []
    end = time.perf_counter() + least
    while not times or time.perf_counter() < end:
        times.append(_call(run))
    return statistics.median(times)


def _call(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    result = run()
    end = time.perf_counter()
    del result  # freeing it belongs to no call
    return end - start
