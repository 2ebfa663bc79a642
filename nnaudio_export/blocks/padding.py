"""Padding that puts the centre of frame 0 on sample 0."""

from dataclasses import replace

from nnaudio_contract import Block, Flow, Identity, PadMode, StreamingForm, StreamPlan
from torch import Tensor, nn
from torch.nn import functional

PAD_MODES = ("reflect", "constant")


class CentrePad(Block):
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

    def streaming_form(self, flow: Flow, plan: StreamPlan) -> StreamingForm:
        # The runtime pads.
        mode: PadMode = "reflect" if self.mode == "reflect" else "constant"
        padded = replace(flow.timing, pad=self.amount, pad_mode=mode)
        return StreamingForm(flow.separated(plan), Flow(padded))

    def extra_repr(self) -> str:
        return f"{self.amount}, {self.mode!r}"


def centre_pad(amount: int, mode: str, *, center: bool) -> CentrePad | Identity:
    """The padding of a layer that is centred, or nothing."""
    return CentrePad(amount, mode) if center else Identity()


class ReflectPadAdjoint(nn.Module):
    """The transpose of reflecting: ``(batch, 1, samples + 2 * amount)`` → ``(batch, 1, samples)``.

    What lies in the padding is added to the samples that it is a mirror image of.

    Args:
        amount: samples on each side; there must be more samples than that between them.

    Example:
        >>> import torch
        >>> ReflectPadAdjoint(1)(torch.tensor([[[5.0, 1.0, 2.0, 3.0, 7.0]]]))
        tensor([[[ 1., 14.,  3.]]])
    """

    def __init__(self, amount: int) -> None:
        super().__init__()
        self.amount = amount

    def forward(self, padded: Tensor) -> Tensor:
        samples = padded.shape[2] - 2 * self.amount
        rest = samples - 1 - self.amount
        start = padded.narrow(2, 0, self.amount).flip(2)
        end = padded.narrow(2, self.amount + samples, self.amount).flip(2)
        mirrored = functional.pad(start, [1, rest]) + functional.pad(end, [rest, 1])
        return padded.narrow(2, self.amount, samples) + mirrored
