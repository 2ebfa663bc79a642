"""Lowering: the parts of a module that know a faster equal are replaced by it."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from nnaudio_contract import LayerSpec, Lowerable, added_to
from nnaudio_runtime.files.domain import brought_into
from nnaudio_runtime.files.selftest import generated_signal
from torch import Tensor, nn

# A form that rounds worse than this many times the textbook form is no equal of it.
_ROUNDING_FACTOR = 4.0

# A shortest input of a single sample says nothing.
_LEAST_AUDIO = 4096

# Parity's own; what lowering changes and what float32 rounds share it.
DEFAULT_LOWERING_TOLERANCE = 1e-5


@dataclass(frozen=True)
class LoweredPart:
    """What became of one front end.

    Attributes:
        name: path in the module, ``""`` for the module itself.
        layer: class name.
        method: what it became; ``"as it is"`` where it stays.
        multiplications: per frame, before and after.
        error: largest error in float64, relative to the largest output; 0 where it stays.
        rounding: largest error of float32 against float64, before and after.
    """

    name: str
    layer: str
    method: str
    multiplications: tuple[int, int]
    error: float
    rounding: tuple[float, float]


@dataclass(frozen=True)
class LoweringPlan:
    """What lowering did; ``str`` is a readable table."""

    parts: tuple[LoweredPart, ...] = field(default=())

    @property
    def error(self) -> float:
        """The largest error of a part."""
        return max((part.error for part in self.parts), default=0.0)

    def __str__(self) -> str:
        if not self.parts:
            return "nothing to lower"
        return "\n".join(
            f"{part.name or part.layer}: {part.method}, "
            f"{part.multiplications[0] / 1e3:,.0f} -> {part.multiplications[1] / 1e3:,.0f} "
            f"thousand multiplications a frame, error {part.error:.0e}"
            for part in self.parts
        )


class Lowered(NamedTuple):
    """A lowered copy of a module, and what was done."""

    module: nn.Module
    plan: LoweringPlan


def lower(module: nn.Module, tolerance: float = DEFAULT_LOWERING_TOLERANCE) -> Lowered:
    """Copies a module and replaces every front end in it by its faster equal.

    What is not known to be equal within the tolerance stays as it is: kernels that training has
    moved away from any fast form stay dense. The copy is for inference: it can be differentiated
    with respect to its input, but what was replaced has no trainable parameters.

    Args:
        module: any module; its front ends are found at any depth.
        tolerance: largest error of any output, relative to the largest output.

    Returns:
        The copy, and the plan of what was done.

    Raises:
        ValueError: the tolerance is no number above 0.

    Example:
        >>> from nnaudio_export import STFT, lower
        >>> fast, plan = lower(STFT(n_fft=512, hop_length=128))
        >>> print(plan)
        STFT: Fourier 32 * 16, 263 -> 35 thousand multiplications a frame, error 6e-08
    """
    if not (isinstance(tolerance, (int, float)) and 0 < tolerance < math.inf):
        raise ValueError(f"tolerance={tolerance!r}: must be a finite number above 0")
    parts: list[LoweredPart] = []
    copied = _lowered(copy.deepcopy(module), "", tolerance, parts)
    return Lowered(copied, LoweringPlan(tuple(parts)))


def _lowered(module: nn.Module, name: str, tolerance: float, parts: list[LoweredPart]) -> nn.Module:
    """The module with its front ends replaced; itself replaced where it is one."""
    if isinstance(module, Lowerable) and not added_to(module, "lowered", "chain"):
        fast = module.lowered(tolerance).train(module.training)
        part = _part(name, module, fast)
        equal = part.error <= tolerance and part.rounding[1] <= _ROUNDING_FACTOR * part.rounding[0]
        if not equal:
            fast, part = module, _part(name, module, module)
        parts.append(part)
        return fast
    for child_name, child in module.named_children():
        path = f"{name}.{child_name}" if name else child_name
        setattr(module, child_name, _lowered(child, path, tolerance, parts))
    return module


def _part(name: str, slow: Lowerable, fast: nn.Module) -> LoweredPart:
    assert isinstance(slow, nn.Module)
    spec = slow.describe()
    exact, rounded = _on_noise(slow, spec)
    fast_exact, fast_rounded = (exact, rounded) if fast is slow else _on_noise(fast, spec)

    weight = spec.weight(_noise(spec)) if spec.weight else 1.0

    def distance(found: list[Tensor], expected: list[Tensor]) -> float:
        errors = []
        for a, b, scale in zip(found, expected, exact, strict=True):
            circle = spec.measure == "circle"
            difference = torch.exp(1j * a) - torch.exp(1j * b) if circle else a - b
            error = (difference * weight).abs().max() / scale.abs().max().clamp(min=1e-30)
            errors.append(float(error))
        return max(errors)

    return LoweredPart(
        name,
        spec.layer,
        "as it is" if fast is slow else ", ".join(_methods(fast)),
        (_multiplications(slow), _multiplications(fast)),
        distance(fast_exact, exact),
        (distance(rounded, exact), distance(fast_rounded, fast_exact)),
    )


def _multiplications(module: nn.Module) -> int:
    return sum(getattr(block, "multiplications", 0) for block in module.modules())


def _methods(module: nn.Module) -> list[str]:
    return [str(block.method) for block in module.modules() if hasattr(block, "method")]


def _noise(spec: LayerSpec) -> Tensor:
    """Input for a front end, three times as long as the shortest, and some frames of audio."""
    length = max(3 * spec.min_length, _LEAST_AUDIO if "samples" in spec.input_axes else 0)
    shape = tuple(
        axis if isinstance(axis, int) else 1 if axis == "batch" else length
        for axis in spec.input_axes
    )
    return torch.from_numpy(brought_into(spec.input_domain, generated_signal(shape, seed=1)))


def _on_noise(module: nn.Module, spec: LayerSpec) -> tuple[list[Tensor], list[Tensor]]:
    """The outputs in float64 and in float32, both as float64."""
    single = copy.deepcopy(module).cpu().float()
    double = copy.deepcopy(single).double()
    with torch.inference_mode():
        exact, rounded = double(_noise(spec).double()), single(_noise(spec))
    outputs = [[x] if isinstance(x, Tensor) else list(x) for x in (exact, rounded)]
    return outputs[0], [output.double() for output in outputs[1]]
