"""The search itself: draws cases, follows the worst, and shrinks what fails."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from nnaudio_runtime.files.metadata import Metadata
from nnaudio_runtime.files.pcm import from_pcm
from nnaudio_runtime.files.selftest import Measure
from numpy.typing import NDArray

from nnaudio_exporters.errors import headline
from nnaudio_exporters.proof.counterexample import Counterexample, Fault, outcome, picked
from nnaudio_exporters.proof.difference import Array, difference
from nnaudio_exporters.proof.parity import Comparison
from nnaudio_exporters.proof.search.case import Case
from nnaudio_exporters.proof.search.shrinking import shrunk
from nnaudio_exporters.proof.search.space import Space

SECONDS = 30.0
# Chance and history need not show in two runs.
REPEATS = 20
_REPEAT_EVERY = 3
# How many of the worst are followed, and how often.
_FOLLOWED, _FOLLOWING = 8, 0.6
# Half of the inputs have up to this many values (or four times those of the shortest), a quarter
# twice as many, and so on: all sizes get the same time, and none gets most of it.
_FEW_VALUES = 8192
_SHRINKING = 0.5


@dataclass(frozen=True)
class SearchReport:
    """What a search did and found; ``str`` is a line, and the counter-example.

    Attributes:
        seconds: that it was given.
        cases: inputs that were tried.
        repeats: runs of one short input among them.
        worst: largest error found, as a share of what is allowed there.
        counterexample: the simplest input that fails; None where none was found.
    """

    seconds: float
    cases: int
    repeats: int
    worst: float
    counterexample: Counterexample | None = None

    @property
    def passed(self) -> bool:
        """Nothing was found."""
        return self.counterexample is None

    def __str__(self) -> str:
        return self.text()

    def text(self, module: str = "") -> str:
        """What it found.

        Args:
            module: Python that makes ``module``, for the program that shows a counter-example.
        """
        if self.counterexample is not None:
            return f"THE SEARCH FOUND A COUNTER-EXAMPLE: {self.counterexample.text(module)}"
        return (
            f"a search of {self.seconds:g} s found no counter-example: {self.cases} inputs, one of "
            f"them {self.repeats} times, largest error {self.worst:.2f} of what is allowed"
        )


class _Verdict(NamedTuple):
    """What came of one case; it fails where more than all that is allowed was used up."""

    used: float
    fault: Fault = "differs"
    output: str = ""
    error: float = 0.0
    allowed: float = 0.0
    reason: str = ""
    expected: Array | None = None
    found: Array | None = None

    @property
    def fails(self) -> bool:
        return not self.used <= 1


def search(
    comparison: Comparison,
    info: Metadata,
    path: str,
    *,
    seconds: float = SECONDS,
    seed: int = 0,
    cases: int | None = None,
) -> SearchReport:
    """Looks for an input that the file takes and on which it is not its module.

    The sequence of cases follows from the seed; time ends it, and bounds what is large.

    Args:
        comparison: of module and file.
        info: what the file says that it takes.
        path: of the file, for the program that shows what was found.
        seconds: to search for; shrinking may take half as long again.
        seed: of all that is drawn.
        cases: most cases; None for as many as there is time for.
    """
    return _Search(comparison, info, path, seed).run(seconds, cases)


class _Search:
    def __init__(self, comparison: Comparison, info: Metadata, path: str, seed: int) -> None:
        self._comparison = comparison
        self._measure: Measure = comparison.prepared.measure
        self._space = Space.of(comparison.prepared, info)
        self._path = path
        self._rng = random.Random(seed)
        self._worst: list[tuple[float, Case]] = []
        self._pace = 0.0  # seconds a value, at worst
        self._few = max(_FEW_VALUES, 2 * self._space.values(self._space.simplest()))

    def run(self, seconds: float, most: int | None) -> SearchReport:
        start = time.monotonic()
        case = self._space.simplest()
        verdict = self._judge(case)
        steady = _Steady(self._comparison, case.build(self._space.input))
        varies = steady.again(self._rng)  # what comes later is compared with this
        verdict, count = varies or verdict, 1
        while not verdict.fails and (most is None or count < most):
            left = start + seconds - time.monotonic()
            if left < 0:
                break
            case = self._next(count, left)
            verdict = self._judge(case)
            self._remember(verdict, case)
            count += 1
            # One that differs may do so because of those before it.
            if verdict.fault == "differs" and (verdict.fails or count % _REPEAT_EVERY == 0):
                case, verdict = self._repeated(steady, case, verdict)
        while not verdict.fails and steady.repeats < REPEATS:
            case, verdict = self._repeated(steady, case, verdict)
        found = None
        if verdict.fails:
            end = time.monotonic() + _SHRINKING * max(seconds, 10)
            found = self._described(*self._simplest(case, verdict, end))
        used = max((used for used, _ in self._worst), default=verdict.used)
        return SearchReport(seconds, count, steady.repeats, used, found)

    def _next(self, count: int, left: float) -> Case:
        # The ruler sequence: 1, 2, 1, 4, 1, 2, 1, 8 ...
        values = self._few * (count & -count)
        while values > self._few and values * self._pace > left / 2:
            values //= 2
        near = [case for _, case in self._worst if self._space.values(case) <= values]
        if near and self._rng.random() < _FOLLOWING:
            # The worst of all most often.
            place = min(int(self._rng.expovariate(0.7)), len(near) - 1)
            return self._space.moved(self._rng, near[place], values)
        return self._space.draw(self._rng, values)

    def _remember(self, verdict: _Verdict, case: Case) -> None:
        self._worst.append((verdict.used, case))
        self._worst.sort(key=lambda one: -one[0])
        del self._worst[_FOLLOWED:]

    def _repeated(self, steady: _Steady, case: Case, verdict: _Verdict) -> tuple[Case, _Verdict]:
        """Runs the short input once more; the case and the verdict, its own where it fails."""
        varies = steady.again(self._rng)
        return (case, verdict) if varies is None else (self._space.simplest(), varies)

    def _judge(self, case: Case) -> _Verdict:
        """Runs module and file twice each, in random order."""
        start, values = time.monotonic(), self._space.values(case)
        verdict = self._tried(case)
        if 2 * values >= self._few:  # in shorter ones the time says nothing of longer ones
            self._pace = max(self._pace, (time.monotonic() - start) / values)
        return verdict

    def _tried(self, case: Case) -> _Verdict:
        x = _heard(case.build(self._space.input))
        runs: dict[str, list[Mapping[str, Array]]] = {"module": [], "file": []}
        run = {"module": self._comparison.module, "file": self._comparison.file}
        who = "module"
        try:
            for who in self._rng.sample(("module", "module", "file", "file"), 4):
                runs[who].append(run[who](x))
        except MemoryError:
            return _Verdict(0.0)
        except Exception as error:
            return _refusal(who, error)
        verdicts = [self._compared(x, runs["module"][0], runs["file"][0], "differs")]
        pairs: tuple[tuple[str, Fault], ...]
        pairs = ("module", "module varies"), ("file", "file varies")
        for who, fault in pairs:
            first, second = runs[who]
            if not _same(first, second):
                verdicts.append(self._compared(x, first, second, fault))
        return max(verdicts, key=lambda one: one.used)

    def _compared(
        self,
        x: NDArray[np.float32],
        expected: Mapping[str, Array],
        found: Mapping[str, Array],
        fault: Fault,
    ) -> _Verdict:
        """The output that uses up most of what is allowed."""
        worst = _Verdict(-1.0)
        for name, (error, allowed) in self._comparison.judge(x, expected, found):
            used = error / allowed
            if not used <= worst.used:
                both = expected[name], found[name]
                worst = _Verdict(used, fault, name, error, allowed, "", *both)
        return worst

    def _simplest(self, case: Case, verdict: _Verdict, end: float) -> tuple[Case, _Verdict]:
        """The simplest case that fails in the same way."""
        if verdict.fault == "differs" and not self._judge(case).fails:
            return case, verdict._replace(fault=self._who_varies(case, verdict))
        if verdict.fault in ("module varies", "file varies"):
            return case, verdict  # it need not show in two more runs
        last = verdict

        def fails(candidate: Case) -> bool:
            nonlocal last
            if time.monotonic() > end:
                return False
            tried = self._judge(candidate)
            found = tried.fails and tried.fault == verdict.fault
            if found:
                last = tried
            return found

        case = shrunk(case, self._space, fails)
        # The last that failed need not be the simplest.
        again = self._judge(case)
        return case, again if again.fails else last

    def _who_varies(self, case: Case, verdict: _Verdict) -> Fault:
        """Whose output is not the one that differed."""
        assert verdict.expected is not None
        again = self._comparison.module(_heard(case.build(self._space.input)))[verdict.output]
        error = difference(verdict.expected, again, self._measure)
        return "module varies" if error > self._comparison.tolerance else "file varies"

    def _described(self, case: Case, verdict: _Verdict) -> Counterexample:
        prepared, model_input = self._comparison.prepared, self._space.input
        found = Counterexample(
            verdict.fault,
            case.expression(model_input),
            model_input.shape(case.batch, case.length),
            self._path,
            reason=verdict.reason,
            pcm=model_input.dtype == "int16",
        )
        if not verdict.output:
            return replace(found, picked=picked(prepared, next(iter(prepared.outputs))))
        assert verdict.expected is not None
        assert verdict.found is not None
        return replace(
            found,
            output=verdict.output,
            error=verdict.error,
            allowed=verdict.allowed,
            measure=self._measure,
            outcome=outcome(verdict.expected, verdict.found),
            picked=picked(prepared, verdict.output),
            weighted=prepared.weight(_heard(case.build(model_input))) is not None,
        )


class _Steady:
    """One short input, again and again: does it always give the same?

    Args:
        comparison: of module and file.
        x: the input as the file takes it.
    """

    def __init__(self, comparison: Comparison, x: NDArray[np.generic]) -> None:
        self._x = _heard(x)
        self._runs: dict[Fault, Callable[[], Mapping[str, Array]]] = {
            "module varies": lambda: comparison.module(self._x),
            "file varies": lambda: comparison.file(self._x),
        }
        self._first: dict[Fault, Mapping[str, Array]] = {}
        self._measure: Measure = comparison.prepared.measure
        self._tolerance = comparison.tolerance
        self.repeats = 0

    def again(self, rng: random.Random) -> _Verdict | None:
        """Runs both in random order; a verdict where one of them gives something else."""
        self.repeats += 1
        for fault in rng.sample(list(self._runs), 2):
            try:
                outputs = self._runs[fault]()
            except Exception as error:
                return _refusal(fault.partition(" ")[0], error)
            first = self._first.setdefault(fault, outputs)
            for name, output in outputs.items():
                if not difference(first[name], output, self._measure) <= self._tolerance:
                    both = first[name], output
                    return _Verdict(math.inf, fault, name, math.inf, self._tolerance, "", *both)
        return None


def _refusal(who: str, error: Exception) -> _Verdict:
    fault: Fault = "module refuses" if who == "module" else "file refuses"
    return _Verdict(math.inf, fault, reason=headline(error))


def _heard(x: NDArray[np.generic]) -> NDArray[np.float32]:
    """The input as the module takes it."""
    return from_pcm(x.astype(np.int16)) if x.dtype == np.int16 else x.astype(np.float32)


def _same(first: Mapping[str, Array], second: Mapping[str, Array]) -> bool:
    return all(np.array_equal(first[name], second[name], equal_nan=True) for name in first)
