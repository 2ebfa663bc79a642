"""The logarithm that users put behind a spectrogram."""

from torch import Tensor, nn

LEAST = 1e-10


class Log10(nn.Module):
    """To base 10, of values from 1e-10 on."""

    def __init__(self) -> None:
        super().__init__()
        self.least = LEAST

    def forward(self, values: Tensor) -> Tensor:
        return values.clamp(min=self.least).log10()
