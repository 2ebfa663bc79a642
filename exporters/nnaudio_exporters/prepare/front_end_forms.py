"""The forms that a front end can take, from the fastest to its own."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from nnaudio_contract import LayerSpec, Lowerable
from nnaudio_runtime.files.domain import brought_into
from nnaudio_runtime.files.selftest import generated_signal
from torch import Tensor, nn

from nnaudio_exporters.prepare.lowering_plan import LoweredPart
from nnaudio_exporters.prepare.output_distance import distances, run_wide, weight_of

# Rungs of the ladder: shares of the tolerance that forms are made for. 0 is for forms that differ
# by rounding only. In between, a tenth: of less, the ends of a filter ask for its full rate.
RUNGS = (1.0, 0.1, 0.0)
# Not replaced.
TEXTBOOK = len(RUNGS)

# A form that rounds worse than this many times the textbook form is no equal of it.
ROUNDING_FACTOR = 4.0

# A shortest input of a single sample says nothing.
LEAST_AUDIO = 4096


@dataclass(frozen=True, eq=False)
class Form:
    """One form of a front end.

    Attributes:
        module: itself.
        single: a copy in float32, on the CPU, in evaluation mode.
        double: the same in float64.
        part: what is said of it.
    """

    module: nn.Module
    single: nn.Module
    double: nn.Module
    part: LoweredPart


class FrontEndForms:
    """The forms of one front end, made when they are asked for.

    Args:
        name: path in the module.
        front_end: the front end.
        tolerance: largest error of any output, relative to the largest output.
    """

    def __init__(self, name: str, front_end: Lowerable, tolerance: float) -> None:
        assert isinstance(front_end, nn.Module)
        self.name = name
        self.module: nn.Module = front_end
        self.spec: LayerSpec = front_end.describe()
        self._tolerance = tolerance
        self._noise = _noise(self.spec)
        single, double = copies(front_end)
        self._exact = run_wide(double, self._noise.double())
        self._rounded = run_wide(single, self._noise)
        part = self._part(front_end, "as it is", self._exact, self._rounded)
        self._forms = {TEXTBOOK: Form(front_end, single, double, part)}

    def at(self, rung: int) -> Form:
        """The form of a rung; where it is that of a looser one, the same object."""
        if rung not in self._forms:
            self._forms[rung] = self._made(rung)
        return self._forms[rung]

    def replaced(self, rung: int) -> bool:
        """Whether the form is another than the front end's own."""
        return self.at(rung) is not self.at(TEXTBOOK)

    def exact(self, rung: int) -> bool:
        """Whether the form differs by rounding only."""
        return self.at(rung) in (self.at(len(RUNGS) - 1), self.at(TEXTBOOK))

    def _made(self, rung: int) -> Form:
        assert isinstance(self.module, Lowerable)
        fast = self.module.lowered(RUNGS[rung] * self._tolerance)
        if fast is self.module:
            return self.at(TEXTBOOK)
        method = ", ".join(_methods(fast))
        looser = self.at(rung - 1) if rung else None
        if looser and looser.part.method == method:
            return looser
        fast.train(self.module.training)
        single, double = copies(fast)
        exact, rounded = run_wide(double, self._noise.double()), run_wide(single, self._noise)
        part = self._part(fast, method, exact, rounded)
        before, after = part.rounding
        equal = part.error <= self._tolerance and after <= ROUNDING_FACTOR * before
        return Form(fast, single, double, part) if equal else self.at(TEXTBOOK)

    def _part(
        self, fast: nn.Module, method: str, exact: list[Tensor], rounded: list[Tensor]
    ) -> LoweredPart:
        before = self._largest(self._rounded, self._exact)
        after = before if fast is self.module else self._largest(rounded, exact)
        return LoweredPart(
            self.name,
            self.spec.layer,
            method,
            (_multiplications(self.module), _multiplications(fast)),
            self._largest(exact, self._exact),
            (before, after),
            self._largest(exact, self._exact, by_row=True),
            not any(getattr(block, "residual", 0.0) for block in fast.modules()),
        )

    def _largest(
        self, found: list[Tensor], expected: list[Tensor], *, by_row: bool = False
    ) -> float:
        """The largest distance, relative to the output's scale, or to that of its own row."""
        weight = weight_of(self.spec, self._noise)
        apart = distances(found, expected, self.spec, weight)
        errors = []
        for distance, output in zip(apart, self._exact, strict=True):
            rows = by_row and output.dim() > 2
            error, scale = (
                x.movedim(1, 0).flatten(1).amax(1) if rows else x.amax()
                for x in (distance, output.abs())
            )
            # A row of zeros, as of a filter that no bin falls into, has no scale of its own.
            whole = output.abs().amax().clamp(min=torch.finfo(output.dtype).tiny)
            errors.append(float((error / torch.where(scale > 0, scale, whole)).amax()))
        return max(errors)


def copies(module: nn.Module) -> tuple[nn.Module, nn.Module]:
    """Copies to compare with, in float32 and in float64."""
    single = copy.deepcopy(module).cpu().float().eval()
    return single, copy.deepcopy(single).double()


def _multiplications(module: nn.Module) -> int:
    return sum(getattr(block, "multiplications", 0) for block in module.modules())


def _methods(module: nn.Module) -> list[str]:
    return [str(block.method) for block in module.modules() if hasattr(block, "method")]


def _noise(spec: LayerSpec) -> Tensor:
    """Input for a front end, three times as long as the shortest, and some frames of audio."""
    length = max(3 * spec.min_length, LEAST_AUDIO if "samples" in spec.input_axes else 0)
    shape = tuple(
        axis if isinstance(axis, int) else 1 if axis == "batch" else length
        for axis in spec.input_axes
    )
    return torch.from_numpy(brought_into(spec.input_domain, generated_signal(shape, seed=1)))
