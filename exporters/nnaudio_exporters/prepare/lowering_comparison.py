"""The whole module with fast front ends, compared with itself.

What stands behind a front end may magnify its errors: behind a logarithm, -120 dB count. So outputs
are compared, in the domain that they are in. The truth is the module in float64.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import torch
from nnaudio_contract import Described
from nnaudio_runtime.files.domain import brought_into
from nnaudio_runtime.files.selftest import generated_signal
from torch import Tensor, nn

from nnaudio_exporters.prepare.front_end_forms import ROUNDING_FACTOR
from nnaudio_exporters.prepare.inputs import Input
from nnaudio_exporters.prepare.lowering_plan import ErrorBehind
from nnaudio_exporters.prepare.output_distance import distances, run_wide, weight_of

# A bit of a float32 sample at full scale, or -138 dB.
_NUDGE = 2.0**-23
_NUDGES = 3
# Of an output's scale on noise. Below, it is zero in truth: what is there, is rounding.
_ALMOST_ZERO = 1e-4
# Other audio may show more of what a form lets through.
_MARGIN = 2.0
# Two sums of the same numbers in another order.
_THE_SAME = 1.1

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Finding:
    """One output on one signal; errors are against the truth, relative to the output's scale.

    Attributes:
        exact: of the form in float64.
        rounded: of the form in float32.
        allowed: the largest that may be.
        passed: whether they are within that.
    """

    exact: float
    rounded: float
    allowed: float
    passed: bool


class Findings(dict[tuple[str, int], Finding]):
    """The findings by signal and output, as far as the first that is too large."""

    @property
    def passed(self) -> bool:
        """Whether none is too large."""
        return all(finding.passed for finding in self.values())

    def closest(self) -> ErrorBehind:
        """Where an error comes closest to what is allowed."""
        key = max(self, key=lambda key: self[key].exact / self[key].allowed)
        return ErrorBehind(key[0], self[key].exact, self[key].allowed)


class Comparison:
    """Compares forms of a module with the module itself.

    Args:
        single: the module in float32, on the CPU, in evaluation mode.
        double: the same in float64; None where it does not run so: float32 then stands for it.
        model_input: of the module.
        signals: inputs by name, noise among them.
        tolerance: largest error that needs no excuse.
    """

    def __init__(
        self,
        single: nn.Module,
        double: nn.Module | None,
        model_input: Input,
        signals: Mapping[str, Tensor],
        tolerance: float,
    ) -> None:
        self._single = single
        self._double = double
        self._input = model_input
        self._signals = signals
        self._tolerance = tolerance
        self._spec = single.describe() if isinstance(single, Described) else None
        # A front end's forms keep to the tolerance by themselves, in its own outputs.
        self._margin = 1.0 if self._spec else _MARGIN
        self._kept: dict[tuple[object, str], object] = {}

    def of(
        self,
        single: nn.Module,
        double: nn.Module | None,
        *,
        exact: bool,
        passed: Findings | None = None,
    ) -> Findings:
        """Measures a form.

        An error may be the tolerance, or four times what float32 loses of the module on this
        signal: the module itself, or its float64 output when the samples change by their last bit.
        The latter excuses rounding, and so not what float64 shows of a form that lets something
        through or reaches further than its filters; behind others, that counts twice. A form that
        differs by rounding only rounds like an FFT, relative to the frame's energy: its float32 is
        not judged here.

        Args:
            single: the form in float32.
            double: in float64, where the module runs so.
            exact: it differs by rounding only.
            passed: of a form that is all right; what that loses, this one may lose too.
        """
        findings = Findings()
        for name, signal in self._signals.items():
            rounded = self._apart(run_wide(single, signal), name)
            truly = self._apart(self._run(double, name), name) if double else rounded
            for output, scale in enumerate(self._scales(name)):
                errors = truly[output] / scale, rounded[output] / scale
                like = passed[name, output] if passed else Finding(0.0, 0.0, 0.0, True)
                leaked, lost = (
                    error if error > _THE_SAME * other else 0.0
                    for error, other in zip(errors, (like.exact, like.rounded), strict=True)
                )
                needed = leaked if exact else self._margin * leaked
                allowed = self._allowed(name, output, scale, needed, excused=exact)
                good = needed <= allowed and (
                    exact or lost <= self._allowed(name, output, scale, lost, excused=True)
                )
                allowed = max(allowed, like.allowed)
                findings[name, output] = Finding(*errors, allowed, good)
                if not good:
                    return findings
        return findings

    def _allowed(
        self, name: str, output: int, scale: float, error: float, *, excused: bool
    ) -> float:
        """The largest error that may be; it is looked for as long as the error is larger.

        Args:
            name: of the signal.
            output: number of the output.
            scale: of that.
            error: to be allowed.
            excused: the last bits of the samples are an excuse.
        """
        allowed = self._tolerance
        if error > allowed:
            allowed = max(allowed, ROUNDING_FACTOR * self._rounding(name)[output] / scale)
        if error > allowed and excused:
            allowed = max(allowed, ROUNDING_FACTOR * self._moved(name)[output] / scale)
        return allowed

    def _run(self, module: nn.Module, name: str) -> list[Tensor]:
        """Outputs for a signal, in the precision of the truth."""
        return run_wide(module, self._in_precision(self._signals[name]))

    def _in_precision(self, signal: Tensor) -> Tensor:
        return signal.double() if self._double else signal

    def _truth(self, name: str) -> list[Tensor]:
        reference = self._double or self._single
        return self._once("truth", name, lambda: self._run(reference, name))

    def _scales(self, name: str) -> list[float]:
        """Of each output, its largest value; where that is almost nothing, its largest on noise."""

        def largest(outputs: list[Tensor]) -> list[float]:
            finite = (torch.where(x.isfinite(), x, 0.0).abs() for x in outputs)
            return [float(x.max()) if x.numel() else 0.0 for x in finite]

        own, usual = largest(self._truth(name)), largest(self._truth("noise"))
        scales = (a if a > _ALMOST_ZERO * b else b for a, b in zip(own, usual, strict=True))
        return [scale or 1.0 for scale in scales]

    def _rounding(self, name: str) -> list[float]:
        """What float32 loses of the module."""
        if self._double is None:
            return [0.0] * len(self._truth(name))
        return self._once(
            "rounding",
            name,
            lambda: self._apart(run_wide(self._single, self._signals[name]), name),
        )

    def _moved(self, name: str) -> list[float]:
        return self._once("moved", name, lambda: self._moved_by_nudges(name))

    def _moved_by_nudges(self, name: str) -> list[float]:
        """How far the output moves when the samples change by 2**-23 of the largest.

        Where there is silence, rounding leaves silence.
        """
        signal, found = self._signals[name], [0.0] * len(self._truth(name))
        size = 2 * _NUDGE * float(signal.abs().max())
        for seed in range(1, _NUDGES + 1):
            nudge = size * torch.from_numpy(generated_signal(tuple(signal.shape), seed))
            near = brought_into(self._input.domain, (signal.double() + nudge).float().numpy())
            moved = torch.where(signal == 0, 0.0, torch.from_numpy(near))
            outputs = run_wide(self._double or self._single, self._in_precision(moved))
            found = [max(pair) for pair in zip(self._apart(outputs, name), found, strict=True)]
        return found

    def _apart(self, outputs: list[Tensor], name: str) -> list[float]:
        """How far outputs are from the truth, at most."""
        truth = self._truth(name)
        weight = self._once("weight", name, lambda: weight_of(self._spec, self._signals[name]))
        found = distances(outputs, truth, self._spec, weight)
        return [float(x.max()) if x.numel() else 0.0 for x in found]

    def _once(self, what: str, name: str, make: Callable[[], _Value]) -> _Value:
        key = what, name
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]  # type: ignore[return-value]


def substituted(module: nn.Module, replaced: Mapping[nn.Module, nn.Module]) -> nn.Module:
    """A copy with some of its modules replaced, wherever they stand; it shares its parameters."""
    memo: dict[int, object] = {id(parameter): parameter for parameter in module.parameters()}
    memo |= {id(old): new for old, new in replaced.items()}
    return copy.deepcopy(module, memo)
