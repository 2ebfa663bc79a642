"""Power in decibels."""

import math

import torch
from nnaudio_contract import Block
from torch import Tensor


class Decibel(Block):
    """``10 log10(max(power, amin) / max(ref, amin))``, elementwise.

    Args:
        ref: power of 0 dB.
        amin: smallest power that counts, above 0.

    Example:
        >>> Decibel(ref=1.0, amin=1e-10)(torch.tensor([1.0, 100.0, 0.0])).round()
        tensor([   0.,   20., -100.])
    """

    framewise = True

    def __init__(self, *, ref: float, amin: float) -> None:
        super().__init__()
        self.amin = amin
        self.scale = 10.0 / math.log(10.0)  # ONNX has the natural logarithm only
        self.offset = 10.0 * math.log10(max(ref, amin))

    def forward(self, power: Tensor) -> Tensor:
        return power.clamp(min=self.amin).log() * self.scale - self.offset


class TopDecibels(Block):
    """Raises what lies more than ``top_db`` below the loudest value of the same item.

    ``(batch, bins, frames)`` → the same. Per item: what else is in the batch changes nothing.
    """

    def __init__(self, top_db: float) -> None:
        super().__init__()
        self.top_db = top_db

    def forward(self, decibel: Tensor) -> Tensor:
        floor = decibel.amax(dim=[1, 2], keepdim=True) - self.top_db
        return torch.maximum(decibel, floor)
