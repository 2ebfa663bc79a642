"""Non-negative values behind a non-negative projection."""

import torch
from torch import Tensor, nn


class RichardsonLucyUpdate(nn.Module):
    """One step towards non-negative values x whose projection A x is the given m.

    ``y = x * (x / x_before) ^ momentum``, then ``y * (A^T (m / A y)) / (A^T 1)``. Sums and products
    of positive numbers only: nothing cancels, so that quiet bins are as exact as loud ones.

    Args:
        momentum: from 0 to below 1: how far the last step is repeated.

    Shape:
        - Input: ``values`` and the values ``before`` them ``(batch, n_in, frames)``, ``wanted``
          ``(batch, n_out, frames)``, ``matrix`` ``(n_out, n_in)`` and ``shares``
          ``(n_in, n_out)``, its transpose with rows that sum to 1 or 0.
        - Output: ``(batch, n_in, frames)``.

    Reference:
        W. H. Richardson, "Bayesian-based iterative method of image restoration", JOSA 62(1),
        1972, with the momentum of Y. Nesterov taken of the logarithms.
    """

    def __init__(self, momentum: float) -> None:
        super().__init__()
        self.momentum = momentum
        # Its reciprocal, added up over a matrix's rows, is still far from the largest float32.
        self.tiny = 2.0**-100

    def forward(
        self, values: Tensor, before: Tensor, wanted: Tensor, matrix: Tensor, shares: Tensor
    ) -> Tensor:
        step = (values / before.clamp(min=self.tiny)).clamp(min=0.01, max=100.0)
        led_on = values * step.pow(self.momentum)
        ratio = wanted / torch.matmul(matrix, led_on).clamp(min=self.tiny)
        return led_on * torch.matmul(shares, ratio)
