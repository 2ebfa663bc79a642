"""The ladder of forms: for each front end the loosest one that nobody behind it notices."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nnaudio_exporters.prepare.front_end_forms import (
    LEAST_AUDIO,
    TEXTBOOK,
    Form,
    FrontEndForms,
    copies,
)
from nnaudio_exporters.prepare.inputs import input_of
from nnaudio_exporters.prepare.lowering_comparison import Comparison, Findings, substituted
from nnaudio_exporters.prepare.lowering_plan import ErrorBehind
from nnaudio_exporters.prepare.outputs import run_eagerly
from nnaudio_exporters.prepare.revealing_signals import revealing_signals

# In shortest inputs of the front ends: silence and sound beside it that fill a filter each. Where a
# module takes no such input, what stands behind may need more.
_LENGTHS = (4, 16, 64)
# Parameters times samples: from here on, a run takes seconds.
_MUCH_WORK = 1e11

Rungs = tuple[int, ...]


def loosest_forms(
    module: nn.Module,
    front_ends: Sequence[FrontEndForms],
    tolerance: float,
    num_samples: int | None,
) -> tuple[list[Form], ErrorBehind | None]:
    """Chooses a form for each front end.

    Args:
        module: that they stand in.
        front_ends: their forms.
        tolerance: largest error that needs no excuse.
        num_samples: a length to try last, for a module that takes one length only.

    Returns:
        The forms, and what their errors come to in the module's outputs: None where nothing is
        replaced, or where the module runs on none of our inputs. Then what a front end alone says
        must do.
    """
    loosest = (0,) * len(front_ends)
    rungs, findings = loosest, None
    if any(each.replaced(0) for each in front_ends):
        with torch.random.fork_rng(devices=[]):
            ladder = _Ladder.of(module, front_ends, tolerance, num_samples)
            if ladder is not None:
                rungs, findings = ladder.climbed()
    forms = [each.at(rung) for each, rung in zip(front_ends, rungs, strict=True)]
    return forms, findings.closest() if findings else None


class _Ladder:
    """Tries forms of the front ends in their module.

    Args:
        single: the module in float32.
        double: in float64, if it runs so.
        front_ends: their forms.
        comparison: judges.
    """

    def __init__(
        self,
        single: nn.Module,
        double: nn.Module | None,
        front_ends: Sequence[FrontEndForms],
        comparison: Comparison,
    ) -> None:
        self._single = single
        self._double = double
        self._front_ends = front_ends
        self._comparison = comparison

    @classmethod
    def of(
        cls,
        module: nn.Module,
        front_ends: Sequence[FrontEndForms],
        tolerance: float,
        num_samples: int | None,
    ) -> _Ladder | None:
        """The ladder for a module; None where it runs on none of our inputs."""
        single, double = copies(module)
        found = input_of(module, None, "float32")
        least = [e.spec.min_length for e in front_ends if found.length_axis in e.spec.input_axes]
        shortest = max(least, default=1)
        if found.length_axis == "samples":
            shortest = max(shortest, LEAST_AUDIO // _LENGTHS[0])
        lengths = [shortest * times for times in _LENGTHS]
        for length in [*lengths, num_samples] if num_samples else lengths:
            work = length * sum(parameter.numel() for parameter in single.parameters())
            signals = revealing_signals(found, length, few=work > _MUCH_WORK)
            # A module may refuse some, such as silence.
            signals = {name: signal for name, signal in signals.items() if _runs(single, signal)}
            if "noise" in signals:
                in_double = double if _runs(double, signals["noise"].double()) else None
                comparison = Comparison(single, in_double, found, signals, tolerance)
                return cls(single, in_double, front_ends, comparison)
        return None

    def climbed(self) -> tuple[Rungs, Findings]:
        """First all front ends on one rung, the loosest that passes; then each as far as it can."""
        rungs, findings = self._together()
        for index, each in enumerate(self._front_ends if len(rungs) > 1 else ()):
            for rung in range(rungs[index]):
                other = (*rungs[:index], rung, *rungs[index + 1 :])
                if each.at(rung) is each.at(rungs[index]):
                    break
                found = self._tried(other, exact=self._exact(other), passed=findings)
                if found.passed:
                    rungs, findings = other, found
                    break
        return rungs, findings

    def _together(self) -> tuple[Rungs, Findings]:
        count = len(self._front_ends)
        for rung in range(TEXTBOOK):
            exact = rung == TEXTBOOK - 1
            # The same forms again are another case only where rounding becomes an excuse.
            new = not rung or any(e.at(rung) is not e.at(rung - 1) for e in self._front_ends)
            if exact or new:
                findings = self._tried((rung,) * count, exact=exact)
                if findings.passed:
                    return (rung,) * count, findings
        rungs = (TEXTBOOK,) * count
        return rungs, self._tried(rungs, exact=True)

    def _exact(self, rungs: Rungs) -> bool:
        return all(e.exact(rung) for e, rung in zip(self._front_ends, rungs, strict=True))

    def _tried(self, rungs: Rungs, *, exact: bool, passed: Findings | None = None) -> Findings:
        forms = [e.at(rung) for e, rung in zip(self._front_ends, rungs, strict=True)]
        single = self._with(self._single, [form.single for form in forms])
        double = self._with(self._double, [form.double for form in forms]) if self._double else None
        return self._comparison.of(single, double, exact=exact, passed=passed)

    def _with(self, module: nn.Module, forms: Sequence[nn.Module]) -> nn.Module:
        pairs = zip(self._front_ends, forms, strict=True)
        return substituted(module, {module.get_submodule(e.name): form for e, form in pairs})


def _runs(module: nn.Module, signal: Tensor) -> bool:
    try:
        run_eagerly(module, signal)
    except Exception:  # whatever the user's module raises says "not this one"
        return False
    return True
