"""What nnAudio's layers give of a spectrum."""

from torch import Tensor

from nnaudio_export.blocks.heads import OUTPUT_FORMATS, CosSin, Head, PowerHead

# nnAudio keeps gradients finite with it. It is so large that it is heard: silence has a magnitude
# of 1e-4.
_OFFSET = 1e-8


class OffsetMagnitude(PowerHead):
    """Of trainable kernels: ``(re^2 + im^2 + 1e-8) ** (power / 2)``, ``(batch, bins, frames)``.

    Example:
        >>> import torch
        >>> OffsetMagnitude()(torch.zeros(1, 2, 1))
        tensor([[[0.0001]]])
    """

    def __init__(self, power: float = 1.0) -> None:
        super().__init__()
        self.offset = _OFFSET
        self.half_power = power / 2

    def of_power(self, power: Tensor) -> Tensor:
        return (power + self.offset).pow(self.half_power)


def fourier_heads(*, trainable: bool) -> dict[str, type[Head]]:
    """Output formats of STFT."""
    return {**OUTPUT_FORMATS, "Magnitude": OffsetMagnitude} if trainable else OUTPUT_FORMATS


def constant_q_heads(*, trainable: bool) -> dict[str, type[Head]]:
    """Output formats of the constant-Q layers, whose Phase is a cosine and a sine."""
    return {**fourier_heads(trainable=trainable), "Phase": CosSin}
