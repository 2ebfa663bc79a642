"""Compression of what is positive; the rest becomes zero."""

import torch
from torch import Tensor, nn


class Compression(nn.Module):
    """``max(x, 0) ** exponent``, elementwise, with finite gradients.

    Args:
        exponent: above 0.

    Example:
        >>> Compression(0.5)(torch.tensor([-1.0, 0.0, 4.0]))
        tensor([0., 0., 2.])
    """

    def __init__(self, exponent: float) -> None:
        super().__init__()
        self.exponent = exponent
        # Twice the magnitude that stands for silence: neither its power nor its slope is heard.
        self.floor = 2.0**-62

    def forward(self, x: Tensor) -> Tensor:
        return x.clamp(min=self.floor).pow(self.exponent).masked_fill(x < self.floor, 0.0)


class LogCompression(nn.Module):
    """``log(max(x, 0) + 1e-8)``, elementwise: what stands for an exponent of 0.

    Example:
        >>> LogCompression()(torch.tensor([-1.0, 1.0])).round(decimals=2)
        tensor([-18.4200,   0.0000])
    """

    def __init__(self) -> None:
        super().__init__()
        self.offset = 1e-8

    def forward(self, x: Tensor) -> Tensor:
        return torch.log(x.clamp(min=0.0) + self.offset)


def compression(exponent: float) -> nn.Module:
    """The block for an exponent, the cheap form for 1."""
    if exponent == 0.0:
        return LogCompression()
    return nn.ReLU() if exponent == 1.0 else Compression(exponent)
