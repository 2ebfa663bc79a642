"""One gain for each bin of a complex spectrum."""

import numpy as np
from nnaudio_contract import Block
from numpy.typing import NDArray
from torch import Tensor

from nnaudio_export.weights import register_weight


class BinGain(Block):
    """Multiplies every bin by its gain: ``(batch, 2 * bins, frames)`` → the same.

    Args:
        gains: float64 ``(bins,)``, for real and imaginary parts alike.

    Example:
        >>> import torch
        >>> BinGain(np.array([2.0]))(torch.tensor([[[3.0], [4.0]]]))
        tensor([[[6.],
                 [8.]]])
    """

    gain: Tensor  # (2 * bins, 1)
    framewise = True

    def __init__(self, gains: NDArray[np.float64]) -> None:
        super().__init__()
        register_weight(self, "gain", np.concatenate([gains, gains])[:, None], trainable=False)

    def forward(self, spectrum: Tensor) -> Tensor:
        return spectrum * self.gain
