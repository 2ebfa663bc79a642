"""How far two forms of a module are apart, output by output."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from nnaudio_contract import LayerSpec
from torch import Tensor, nn

from nnaudio_exporters.prepare.outputs import run_eagerly


def run_wide(module: nn.Module, signal: Tensor) -> list[Tensor]:
    """A module's outputs, as float64 whatever it computes in; of complex numbers, both parts."""
    outputs = run_eagerly(module, signal)
    return [torch.view_as_real(x).double() if x.is_complex() else x.double() for x in outputs]


def weight_of(spec: LayerSpec | None, signal: Tensor) -> Tensor | float:
    """How much each value counts, where a front end says so."""
    return spec.weight(signal) if spec and spec.weight else 1.0


def distances(
    found: Sequence[Tensor],
    expected: Sequence[Tensor],
    spec: LayerSpec | None = None,
    weight: Tensor | float = 1.0,
) -> list[Tensor]:
    """The distance of each value, for each output.

    Args:
        found: outputs of one form.
        expected: of the other.
        spec: of a front end whose outputs these are; None for those of any module.
        weight: of each value.
    """
    circle = spec is not None and spec.measure == "circle"
    return [_apart(a, b, circle=circle) * weight for a, b in zip(found, expected, strict=True)]


def _apart(a: Tensor, b: Tensor, *, circle: bool) -> Tensor:
    if a.shape != b.shape:
        return torch.tensor(torch.inf)
    if circle:
        return (torch.exp(1j * a) - torch.exp(1j * b)).abs()
    # The same infinity in both, as the logarithm of silence, is no difference.
    difference = torch.where(a == b, 0.0, (a - b).abs())
    return torch.where(a.isnan() & b.isnan(), 0.0, difference).nan_to_num(nan=torch.inf)
