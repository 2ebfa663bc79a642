"""A matrix over the bins of every frame."""

import numpy as np
import torch
from nnaudio_contract import Block, Demand, Description, FastForm, RowOrder
from numpy.typing import NDArray
from torch import Tensor

from nnaudio_export.fast.banded_projection import fastest_projection
from nnaudio_export.weights import register_weight


class Projection(Block):
    """Multiplies every frame by a matrix: ``(batch, n_in, frames)`` → ``(batch, n_out, frames)``.

    Mel and gammatone filters and the DCT are this block with different numbers.

    Args:
        matrix: float64 ``(n_out, n_in)``.
        trainable: make the matrix a parameter.
    """

    matrix: Tensor  # (n_out, n_in)
    framewise = True

    def __init__(self, matrix: NDArray[np.float64], *, trainable: bool = False) -> None:
        super().__init__()
        register_weight(self, "matrix", matrix, trainable=trainable)

    def forward(self, frames: Tensor) -> Tensor:
        return torch.matmul(self.matrix, frames)

    @property
    def multiplications(self) -> int:
        """For one frame."""
        return self.matrix.numel()

    def reads(self, behind: Demand) -> Demand:  # noqa: ARG002
        used = (self.matrix.detach() != 0).any(dim=0).nonzero()
        return Demand(rows=int(used.max()) + 1 if len(used) else 1, any_order=True)

    def fast_form(self, given: Description, read: Demand, tolerance: float) -> FastForm:  # noqa: ARG002
        if given.order is None:
            return FastForm([self], Description())
        product = fastest_projection(self._reading(given.order, given.quantity == "complex"))
        return FastForm([product.to(self.matrix)], Description())

    def _reading(self, order: RowOrder, both_parts: bool) -> NDArray[np.float64]:
        """The matrix for rows in another order."""
        row_of, sign = list(order.row_of), np.ones(len(order.row_of))
        rows = order.rows
        if both_parts:
            row_of, sign, rows = order.both_parts, np.append(sign, order.sign), 2 * rows
        matrix = self.matrix.detach().cpu().double().numpy()
        columns = np.zeros((matrix.shape[0], rows))
        columns[:, row_of] = matrix[:, : len(row_of)] * sign
        return columns

    def extra_repr(self) -> str:
        n_out, n_in = self.matrix.shape
        return f"{n_in} -> {n_out}"
