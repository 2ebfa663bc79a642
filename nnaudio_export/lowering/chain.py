"""A layer's chain of blocks, lowered block by block.

A fast bank gives real and imaginary parts as two tensors, with bins in an order of its own. Heads
work on any order; a projection takes it into its matrix, and before anything else it is put right.
"""

from collections.abc import Sequence

import torch
from nnaudio_exporters.spec import LayerSpec
from torch import Tensor, nn

from nnaudio_export.blocks.factorised_bank import FactorisedBank
from nnaudio_export.blocks.filter_bank import FilterBank
from nnaudio_export.blocks.heads import Head, Power
from nnaudio_export.blocks.parts import (
    Joined,
    OfParts,
    OfPower,
    Reorder,
    ReorderParts,
    SquaredParts,
)
from nnaudio_export.blocks.projection import Projection
from nnaudio_export.lowering.fourier import factorised


class LoweredLayer(nn.Module):
    """A layer's faster equal: same input, same output, same description; for inference.

    Args:
        spec: the layer's description.
        blocks: what replaces its own.
    """

    def __init__(self, spec: LayerSpec, blocks: Sequence[nn.Module]) -> None:
        super().__init__()
        self.spec = spec
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x: Tensor) -> Tensor:
        """As the layer's."""
        return self.blocks(x)

    @torch.jit.unused
    def describe(self) -> LayerSpec:
        """As the layer's."""
        return self.spec


def lowered_chain(blocks: Sequence[nn.Module], tolerance: float) -> list[nn.Module] | None:
    """The faster equal of a chain; None where no block has one."""
    for index, block in enumerate(blocks):
        if isinstance(block, FilterBank):
            behind = blocks[index + 1 :]
            bank = factorised(block, tolerance, _bins_read(behind))
            if bank is not None:
                bins = block.kernel.shape[0] // 2
                return [*blocks[:index], bank, *_behind(bank, bins, behind)]
    return None


def _bins_read(blocks: Sequence[nn.Module]) -> int | None:
    """How many bins, from 0, a projection behind the head reads; None for all."""
    if len(blocks) > 1 and isinstance(blocks[0], Power) and isinstance(blocks[1], Projection):
        return blocks[1].columns_read()
    return None


def _behind(bank: FactorisedBank, bins: int, blocks: Sequence[nn.Module]) -> list[nn.Module]:
    """The blocks behind a bank that has an order of bins of its own."""
    head = blocks[0] if blocks else None
    if isinstance(head, Power):
        root = [] if type(head) is Power else [OfPower(head)]
        if len(blocks) > 1 and isinstance(blocks[1], Projection):
            columns = [bank.bin_of(row) for row in range(bank.rows)]
            return [SquaredParts(), *root, blocks[1].reading(columns), *blocks[2:]]
        # Before the root: it is taken of fewer values.
        return [SquaredParts(), Reorder(bank.rows_of(bins)), *root, *blocks[1:]]
    reorder = ReorderParts(*bank.signed_rows_of(bins))
    if isinstance(head, Head):
        return [reorder, OfParts(head), *blocks[1:]]
    return [reorder, Joined(), *blocks]
