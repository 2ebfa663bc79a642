"""Non-negative values behind a non-negative projection."""

import torch
from torch import Tensor, nn


class MultiplicativeUpdate(nn.Module):
    """One step towards non-negative values whose projection is the given one.

    ``x <- x * (A^T (m / A x)) / (A^T 1)``. Sums and products of positive numbers only: nothing
    cancels, so that quiet bins are as exact as loud ones.

    Shape:
        - Input: ``values`` ``(batch, n_in, frames)``, ``wanted`` ``(batch, n_out, frames)``,
          ``matrix`` ``(n_out, n_in)`` and ``shares`` ``(n_in, n_out)``, its transpose with rows
          that sum to 1 or 0.
        - Output: ``(batch, n_in, frames)``.

    Reference:
        W. H. Richardson, "Bayesian-based iterative method of image restoration", JOSA 62(1),
        1972; D. D. Lee and H. S. Seung, "Algorithms for non-negative matrix factorization", NIPS
        2000, eq. 5.
    """

    def __init__(self) -> None:
        super().__init__()
        # Its reciprocal, added up over a matrix's rows, is still far from the largest float32.
        self.tiny = 2.0**-100

    def forward(self, values: Tensor, wanted: Tensor, matrix: Tensor, shares: Tensor) -> Tensor:
        ratio = wanted / torch.matmul(matrix, values).clamp(min=self.tiny)
        return values * torch.matmul(shares, ratio)
