"""nnAudio's magnitude of trainable kernels: 1e-8 under the root keeps gradients finite."""

from torch import Tensor, nn

# So large that it is heard: silence has a magnitude of 1e-4.
_OFFSET = 1e-8


class OffsetMagnitude(nn.Module):
    """``(re^2 + im^2 + 1e-8) ** (power / 2)``: ``(batch, 2 * bins, frames)`` → half the bins.

    Example:
        >>> import torch
        >>> OffsetMagnitude()(torch.zeros(1, 2, 1)).item() == 1e-8 ** 0.5
        False
    """

    def __init__(self, power: float = 1.0) -> None:
        super().__init__()
        self.offset = _OFFSET
        self.half_power = power / 2

    def forward(self, spectrum: Tensor) -> Tensor:
        re, im = spectrum.chunk(2, dim=1)
        return (re * re + im * im + self.offset).pow(self.half_power)
