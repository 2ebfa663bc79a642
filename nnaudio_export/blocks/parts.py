"""Between a fast bank and what follows: a spectrum as two tensors, with bins in another order."""

import numpy as np
import torch
from torch import Tensor, nn

from nnaudio_export.blocks.heads import Head, Power
from nnaudio_export.blocks.weights import register_weight


class SquaredParts(nn.Module):
    """Real and imaginary parts, each ``(batch, rows, frames)`` → squared magnitude, the same."""

    def forward(self, parts: tuple[Tensor, Tensor]) -> Tensor:
        re, im = parts
        return re * re + im * im


class OfPower(nn.Module):
    """The rest of a head, behind :class:`SquaredParts`."""

    def __init__(self, head: Power) -> None:
        super().__init__()
        self.head = head

    def forward(self, power: Tensor) -> Tensor:
        return self.head.of_power(power)


class OfParts(nn.Module):
    """A head, of parts."""

    def __init__(self, head: Head) -> None:
        super().__init__()
        self.head = head

    def forward(self, parts: tuple[Tensor, Tensor]) -> Tensor:
        return self.head.of_parts(parts[0], parts[1])


class Joined(nn.Module):
    """Parts → one spectrum ``(batch, 2 * bins, frames)``, real parts first."""

    def forward(self, parts: tuple[Tensor, Tensor]) -> Tensor:
        return torch.cat([parts[0], parts[1]], dim=1)


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


class ReorderParts(nn.Module):
    """Picks rows of both parts, and conjugates those that hold the conjugate of their bin.

    Args:
        rows: the row of every bin.
        sign: of the imaginary part: -1 where the row holds the bin's conjugate.
    """

    rows: Tensor  # (bins,)
    sign: Tensor  # (bins, 1)

    def __init__(self, rows: list[int], sign: list[float]) -> None:
        super().__init__()
        self.register_buffer("rows", torch.tensor(rows), persistent=False)
        register_weight(self, "sign", np.asarray(sign)[:, None], trainable=False)

    def forward(self, parts: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        re, im = parts
        return re.index_select(1, self.rows), im.index_select(1, self.rows) * self.sign
