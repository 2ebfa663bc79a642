"""What nnAudio's layers give of a spectrum."""

from torch import Tensor, nn

from nnaudio_export.blocks.heads import OUTPUT_FORMATS, CosSin

# nnAudio keeps gradients finite with it. It is so large that it is heard: silence has a magnitude
# of 1e-4.
_OFFSET = 1e-8


class OffsetMagnitude(nn.Module):
    """Of trainable kernels: ``(re^2 + im^2 + 1e-8) ** (power / 2)``.

    ``(batch, 2 * bins, frames)`` → ``(batch, bins, frames)``.

    Example:
        >>> import torch
        >>> OffsetMagnitude()(torch.zeros(1, 2, 1))
        tensor([[[1.0000e-04]]])
    """

    def __init__(self, power: float = 1.0) -> None:
        super().__init__()
        self.offset = _OFFSET
        self.half_power = power / 2

    def forward(self, spectrum: Tensor) -> Tensor:
        re, im = spectrum.chunk(2, dim=1)
        return (re * re + im * im + self.offset).pow(self.half_power)


def fourier_heads(*, trainable: bool) -> dict[str, type[nn.Module]]:
    """Output formats of STFT."""
    return {**OUTPUT_FORMATS, "Magnitude": OffsetMagnitude} if trainable else OUTPUT_FORMATS


def constant_q_heads(*, trainable: bool) -> dict[str, type[nn.Module]]:
    """Output formats of the constant-Q layers, whose Phase is a cosine and a sine."""
    return {**fourier_heads(trainable=trainable), "Phase": CosSin}
