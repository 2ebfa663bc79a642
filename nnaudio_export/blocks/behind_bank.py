"""Between a fast bank and what follows it."""

import numpy as np
import torch
from torch import Tensor, nn

from nnaudio_export.blocks.heads import Power
from nnaudio_export.blocks.weights import register_weight


class Squared(nn.Module):
    """``(batch, 2 * rows, frames)`` → squared magnitude, ``(batch, rows, frames)``.

    Example:
        >>> Squared()(torch.tensor([[[3.0], [4.0]]]))
        tensor([[[25.]]])
    """

    def forward(self, spectrum: Tensor) -> Tensor:
        batch, values, frames = spectrum.shape
        # One row times two: engines compute that in place, where cutting the parts asunder copies.
        parts = spectrum.reshape(batch, 2, -1)
        power = torch.matmul(spectrum.new_ones([1, 2]), parts * parts)
        return power.reshape(batch, values // 2, frames)


class OfPower(nn.Module):
    """The rest of a head, behind :class:`Squared`."""

    def __init__(self, head: Power) -> None:
        super().__init__()
        self.head = head

    def forward(self, power: Tensor) -> Tensor:
        return self.head.of_power(power)


class Reorder(nn.Module):
    """Picks rows: ``(batch, rows, frames)`` → ``(batch, bins, frames)``.

    Args:
        rows: the row of every bin.
    """

    rows: Tensor  # (bins,)

    def __init__(self, rows: list[int]) -> None:
        super().__init__()
        self.register_buffer("rows", torch.tensor(rows), persistent=False)

    def forward(self, values: Tensor) -> Tensor:
        return values.index_select(1, self.rows)


class Conjugate(nn.Module):
    """Of some bins of a spectrum ``(batch, 2 * bins, frames)``, real parts first.

    Args:
        sign: of each imaginary part: -1 where it is to be conjugated.
    """

    sign: Tensor  # (2 * bins, 1)

    def __init__(self, sign: list[float]) -> None:
        super().__init__()
        both = np.concatenate([np.ones(len(sign)), sign])[:, None]
        register_weight(self, "sign", both, trainable=False)

    def forward(self, spectrum: Tensor) -> Tensor:
        return spectrum * self.sign
