"""Heads behind a fast bank: the squared magnitude of its rows, whatever their order."""

from typing import Any

import torch
from torch import Tensor, nn


class SquaredMagnitude(nn.Module):
    """``(batch, 2 * rows, frames)`` → squared magnitude, ``(batch, rows, frames)``.

    Example:
        >>> SquaredMagnitude()(torch.tensor([[[3.0], [4.0]]]))
        tensor([[[25.]]])
    """

    framewise = True

    def forward(self, spectrum: Tensor) -> Tensor:
        batch, values, frames = spectrum.shape
        # One row times two: engines compute that in place, where cutting the parts asunder copies.
        parts = spectrum.reshape(batch, 2, -1)
        power = torch.matmul(spectrum.new_ones([1, 2]), parts * parts)
        return power.reshape(batch, values // 2, frames)


class OfPower(nn.Module):
    """The rest of a head, behind :class:`SquaredMagnitude`.

    Args:
        head: has a method ``of_power``.
    """

    framewise = True

    def __init__(self, head: Any) -> None:
        super().__init__()
        self.head = head

    def forward(self, power: Tensor) -> Tensor:
        return self.head.of_power(power)
