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

    @property
    def multiplications(self) -> int:
        """For one frame."""
        return self.matrix.numel()

    def columns_read(self) -> int:
        """How many inputs, from the first, the matrix reads: the others have weights of zero."""
        used = (self.matrix.detach() != 0).any(dim=0).nonzero()
        return int(used.max()) + 1 if len(used) else 1

    def reading(self, rows: int, row_of: list[int], sign: list[float]) -> NDArray[np.float64]:
        """The matrix for frames of ``rows`` rows: input i is row ``row_of[i]`` times a sign."""
        matrix = self.matrix.detach().cpu().double().numpy()
        columns = np.zeros((matrix.shape[0], rows))
        columns[:, row_of] = matrix[:, : len(row_of)] * sign
        return columns

    def extra_repr(self) -> str:
        n_out, n_in = self.matrix.shape
        return f"{n_in} -> {n_out}"
