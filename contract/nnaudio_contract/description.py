"""What is known of a tensor at one point of a chain that is being lowered.

A fast block may give its rows in an order of its own. What it gives is described, and the next
block either works with that or gets the standard order first. The other way round, what a block
reads of its input is known before the block in front is made: rows that nobody reads are left out.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

Quantity = Literal["values", "complex", "power"]


@dataclass(frozen=True)
class RowOrder:
    """Where each bin lies among the rows of a tensor ``(batch, rows, frames)``.

    Attributes:
        rows: how many there are; of a complex spectrum, of each part.
        row_of: the row of each bin, from bin 0.
        sign: of each bin's imaginary part in its row: -1 where the row holds the conjugate.
    """

    rows: int
    row_of: tuple[int, ...]
    sign: tuple[float, ...]

    @property
    def both_parts(self) -> list[int]:
        """The rows of the real parts, then those of the imaginary ones."""
        return [*self.row_of, *(self.rows + row for row in self.row_of)]


@dataclass(frozen=True)
class Description:
    """What a tensor holds.

    Attributes:
        quantity: ``"complex"``: real parts first, then imaginary ones, ``(batch, 2 * rows,
            frames)``; ``"power"``: squared magnitudes; ``"values"``: anything else.
        order: of its rows; None for the standard one, that of the textbook form.
    """

    quantity: Quantity = "values"
    order: RowOrder | None = None

    def restored(self) -> list[nn.Module]:
        """What brings the standard order back; nothing where it is the standard one.

        Example:
            >>> order = RowOrder(rows=3, row_of=(2, 0), sign=(1.0, 1.0))
            >>> [picked] = Description("power", order).restored()
            >>> picked(torch.tensor([[[10.0], [20.0], [30.0]]])).flatten().tolist()
            [30.0, 10.0]
        """
        if self.order is None:
            return []
        if self.quantity != "complex":
            return [SelectRows(list(self.order.row_of))]
        conjugate = [Conjugate(list(self.order.sign))] if min(self.order.sign) < 0 else []
        return [SelectRows(self.order.both_parts), *conjugate]


@dataclass(frozen=True)
class Demand:
    """What the blocks behind a point read of the tensor there.

    Attributes:
        rows: how many, from the first; None for all.
        bins: the same of a complex spectrum, where a bin has two rows.
        any_order: whether they work on rows in any order.
    """

    rows: int | None = None
    bins: int | None = None
    any_order: bool = False


class FastForm(NamedTuple):
    """A block's answer when a chain is lowered.

    Attributes:
        modules: what replaces it, one after the other.
        gives: what the last of them gives.
    """

    modules: list[nn.Module]
    gives: Description


class SelectRows(nn.Module):
    """Picks rows: ``(batch, rows, frames)`` → ``(batch, picked, frames)``.

    Args:
        rows: of the input, in the order of the output.
    """

    rows: Tensor  # (picked,)
    framewise = True

    def __init__(self, rows: list[int]) -> None:
        super().__init__()
        self.register_buffer("rows", torch.tensor(rows), persistent=False)

    def forward(self, values: Tensor) -> Tensor:
        """The rows."""
        return values.index_select(1, self.rows)


class Conjugate(nn.Module):
    """Of some bins of a spectrum ``(batch, 2 * bins, frames)``, real parts first.

    Args:
        sign: of each imaginary part: -1 where it is to be conjugated.
    """

    sign: Tensor  # (2 * bins, 1)
    framewise = True

    def __init__(self, sign: list[float]) -> None:
        super().__init__()
        both = torch.tensor([1.0] * len(sign) + sign)[:, None]
        self.register_buffer("sign", both, persistent=False)

    def forward(self, spectrum: Tensor) -> Tensor:
        """The spectrum with these signs."""
        return spectrum * self.sign
