"""Padding that puts the centre of frame 0 on sample 0."""

from torch import Tensor, nn
from torch.nn import functional

PAD_MODES = ("reflect", "constant")


class CentrePad(nn.Module):
    """Pads both ends: ``(batch, 1, samples)`` → ``(batch, 1, samples + 2 * amount)``.

    Args:
        amount: samples on each side.
        mode: ``"reflect"`` (needs more than ``amount`` samples) or ``"constant"`` (zeros).

    Example:
        >>> import torch
        >>> CentrePad(1, "reflect")(torch.tensor([[[1.0, 2.0, 3.0]]]))
        tensor([[[2., 1., 2., 3., 2.]]])
    """

    def __init__(self, amount: int, mode: str) -> None:
        super().__init__()
        self.amount = amount
        self.mode = mode

    def forward(self, audio: Tensor) -> Tensor:
        return functional.pad(audio, [self.amount, self.amount], mode=self.mode)

    def extra_repr(self) -> str:
        return f"{self.amount}, {self.mode!r}"
