"""Lowering: the parts of a module that know a faster equal are replaced by it."""

from __future__ import annotations

import copy
import math
from typing import NamedTuple

from nnaudio_contract import Lowerable, added_to
from torch import nn

from nnaudio_exporters.prepare.front_end_forms import FrontEndForms
from nnaudio_exporters.prepare.lowering_comparison import substituted
from nnaudio_exporters.prepare.lowering_ladder import loosest_forms
from nnaudio_exporters.prepare.lowering_plan import LoweringPlan

# Parity's own; what lowering changes and what float32 rounds share it.
DEFAULT_LOWERING_TOLERANCE = 1e-5


class Lowered(NamedTuple):
    """A lowered copy of a module, and what was done."""

    module: nn.Module
    plan: LoweringPlan


def lower(
    module: nn.Module,
    tolerance: float = DEFAULT_LOWERING_TOLERANCE,
    num_samples: int | None = None,
) -> Lowered:
    """Copies a module and replaces every front end in it by its faster equal.

    What is not known to be equal within the tolerance stays as it is: kernels that training has
    moved away from any fast form stay dense. Where something stands behind a front end, as a
    logarithm, that magnifies its errors, a form is taken that differs by less, and where none
    does, by rounding only. The copy is for inference: it can be differentiated with respect to its
    input, but what was replaced has no trainable parameters.

    Args:
        module: any module; its front ends are found at any depth.
        tolerance: largest error of any output, relative to the largest output.
        num_samples: a length that the module takes, where it takes one only.

    Returns:
        The copy, and the plan of what was done.

    Raises:
        ValueError: the tolerance is no number above 0.

    Example:
        >>> from nnaudio_export import STFT, lower
        >>> fast, plan = lower(STFT(n_fft=512, hop_length=128))
        >>> print(plan)  # doctest: +NORMALIZE_WHITESPACE
        STFT: Fourier 32 * 16, 263 -> 35 thousand multiplications a frame, error 6e-08,
        per row 1e-07
    """
    if not (isinstance(tolerance, (int, float)) and 0 < tolerance < math.inf):
        raise ValueError(f"tolerance={tolerance!r}: must be a finite number above 0")
    copied = copy.deepcopy(module)
    front_ends = [
        FrontEndForms(name, front_end, tolerance)
        for front_end, name in _lowerable(copied, "", {}).items()
    ]
    forms, behind = loosest_forms(copied, front_ends, tolerance, num_samples)
    replaced = {each.module: form.module for each, form in zip(front_ends, forms, strict=True)}
    plan = LoweringPlan(tuple(form.part for form in forms), behind)
    return Lowered(substituted(copied, replaced), plan)


def _lowerable(module: nn.Module, name: str, found: dict[Lowerable, str]) -> dict[Lowerable, str]:
    """The front ends that may be replaced, with the first path of each."""
    if isinstance(module, Lowerable) and not added_to(module, "lowered", "chain"):
        found.setdefault(module, name)
        return found
    for child_name, child in module.named_children():
        _lowerable(child, f"{name}.{child_name}" if name else child_name, found)
    return found
