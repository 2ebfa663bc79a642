"""A matrix over the bins of every frame."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nnaudio_export.blocks.weights import register_weight


class Projection(nn.Module):
    """Multiplies every frame by a matrix: ``(batch, n_in, frames)`` → ``(batch, n_out, frames)``.

    Mel and gammatone filters and the DCT are this block with different numbers.

    Args:
        matrix: float64 ``(n_out, n_in)``.
        trainable: make the matrix a parameter.
    """

    matrix: Tensor  # (n_out, n_in)

    def __init__(self, matrix: NDArray[np.float64], *, trainable: bool = False) -> None:
        super().__init__()
        register_weight(self, "matrix", matrix, trainable=trainable)

    def forward(self, frames: Tensor) -> Tensor:
        return torch.matmul(self.matrix, frames)

    def extra_repr(self) -> str:
        n_out, n_in = self.matrix.shape
        return f"{n_in} -> {n_out}"
