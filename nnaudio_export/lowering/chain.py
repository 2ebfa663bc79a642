"""A layer's chain of blocks, lowered block by block.

A fast bank has bins in an order of its own. Heads work on any order; a projection takes it into its
matrix, and before anything else it is put right.
"""

from collections.abc import Sequence
from typing import Any

import torch
from nnaudio_exporters.spec import LayerSpec
from nnaudio_exporters.streaming import StreamedPart, Tape
from torch import Tensor, nn

from nnaudio_export.blocks.banded_projection import fastest_projection
from nnaudio_export.blocks.behind_bank import Conjugate, OfPower, Reorder, Squared
from nnaudio_export.blocks.factorised_bank import FactorisedBank
from nnaudio_export.blocks.filter_bank import FilterBank
from nnaudio_export.blocks.heads import Power
from nnaudio_export.blocks.octaves import SpectralOctaveBank
from nnaudio_export.blocks.overlap_add import OverlapAdd
from nnaudio_export.blocks.projection import Projection
from nnaudio_export.blocks.spectral_bank import SpectralBank
from nnaudio_export.lowering.fourier import factorised, factorised_synthesis
from nnaudio_export.lowering.multirate import multirate
from nnaudio_export.streaming.chain import streamed_chain


class LoweredLayer(nn.Module):
    """A layer's faster equal: same input, same output, same description; for inference.

    Args:
        spec: the layer's description.
        blocks: what replaces its own.
        textbook: the layer; a model's ``layer(audio, output_format=...)`` still goes to it.
    """

    def __init__(self, spec: LayerSpec, blocks: Sequence[nn.Module], textbook: nn.Module) -> None:
        super().__init__()
        self.spec = spec
        self.textbook = (textbook,)  # out of sight of modules(): it is no part of this one
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x: Tensor) -> Tensor:
        """As the layer's."""
        return self.blocks(x)

    def __call__(self, x: Tensor, *args: Any, **kwargs: Any) -> Any:
        """As the layer's."""
        given = [*args, *kwargs.values()]
        if all(value is None for value in given):
            return super().__call__(x)
        return self.textbook[0](x, *args, **kwargs)

    def _apply(self, fn: Any, recurse: bool = True) -> "LoweredLayer":
        self.textbook[0]._apply(fn, recurse)  # .to() and .double() reach it all the same
        return super()._apply(fn, recurse)  # type: ignore[no-untyped-call]

    @torch.jit.unused
    def describe(self) -> LayerSpec:
        """As the layer's."""
        return self.spec

    @torch.jit.unused
    def streamed(self, tape: Tape, frames: int) -> StreamedPart:
        """The lowered blocks, made to take chunks."""
        return streamed_chain(self.spec, list(self.blocks), tape, frames)


def lowered_chain(blocks: Sequence[nn.Module], tolerance: float) -> list[nn.Module] | None:
    """The faster equal of a chain; None where no block has one."""
    blocks = [step for block in blocks for step in _steps(block)]
    for index, block in enumerate(blocks):
        if isinstance(block, OverlapAdd):
            synthesis = factorised_synthesis(block, tolerance)
            if synthesis is not None:
                return [*blocks[:index], synthesis, *blocks[index + 1 :]]
        if isinstance(block, SpectralOctaveBank):
            return [*blocks[:index], block.in_time(), *blocks[index + 1 :]]
        if isinstance(block, FilterBank):
            behind = blocks[index + 1 :]
            bins = _bins_read(behind) or block.kernel.shape[0] // 2
            bank = factorised(block, tolerance, bins)
            if bank is not None:
                return [*blocks[:index], bank, *_behind(bank, bins, behind)]
            slower = multirate(block, tolerance)
            if slower is not None:
                return [*blocks[:index], slower, *behind]
    return None


def _steps(block: nn.Module) -> list[nn.Module]:
    """What a block does, step by step: one for most, none for one that does nothing."""
    if isinstance(block, nn.Identity):
        return []
    return block.steps() if isinstance(block, SpectralBank) else [block]


def _bins_read(behind: Sequence[nn.Module]) -> int | None:
    """How many bins, from 0, a projection behind the head reads; None for all."""
    if len(behind) > 1 and isinstance(behind[0], Power) and isinstance(behind[1], Projection):
        return behind[1].columns_read()
    return None


def _behind(bank: FactorisedBank, bins: int, blocks: Sequence[nn.Module]) -> list[nn.Module]:
    """The blocks behind a bank that has an order of bins of its own."""
    rows, sign = bank.rows_of(bins)
    both = rows + [bank.rows + row for row in rows]
    match blocks:
        case [Power() as head, Projection() as projection, *rest]:
            matrix = projection.reading(bank.rows, rows, [1.0] * bins)
            product = fastest_projection(matrix).to(projection.matrix)
            return [Squared(), *_root(head), product, *rest]
        case [Power() as head, *rest]:
            # Before the root: it is taken of fewer values.
            return [Squared(), Reorder(rows), *_root(head), *rest]
        case [Projection() as projection, *rest]:
            matrix = projection.reading(2 * bank.rows, both, [1.0] * bins + sign)
            return [fastest_projection(matrix).to(projection.matrix), *rest]
        case _:
            conjugate = [Conjugate(sign)] if min(sign) < 0 else []
            return [Reorder(both), *conjugate, *blocks]


def _root(head: Power) -> list[nn.Module]:
    return [] if type(head) is Power else [OfPower(head)]
