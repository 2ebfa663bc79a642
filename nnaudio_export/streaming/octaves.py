"""Octave banks as cascades."""

import torch
from torch import Tensor, nn

from nnaudio_export.blocks.octaves import Octave, OctaveBank
from nnaudio_export.streaming.cascade import Cascade, Group, Level
from nnaudio_export.streaming.correlation import Correlation


def octave_cascade(bank: OctaveBank) -> Cascade:
    """The levels of an octave bank: its halvings, and an octave's filters at most of them."""
    octaves, halvers = bank.octaves(), bank.descent.halvers
    silent = len(halvers) + 1 - len(octaves)
    groups = [()] * silent + [(_group(octave, bank.weights()),) for octave in octaves]
    levels = [Level(groups[0])]
    for halver, at_rate in zip(halvers, groups[1:], strict=True):
        levels.append(
            Level(
                at_rate,
                decimator=halver,
                stride=halver.stride,
                reach=(halver.taps.shape[2] - 1) * halver.dilation + 1,
            )
        )
    return Cascade(
        levels=tuple(levels),
        join=_LowestFirst(bank.left_out),
        hop_length=bank.hop_length,
        frame_length=bank.frame_length,
        front=bank.zeros[0],
    )


def _group(octave: Octave, weights: list[Tensor]) -> Group:
    """One octave's filters, the shared kernel and the octave's own difference added up."""
    kernel, *matrix = weights
    own = kernel if matrix else kernel + octave.difference
    filters = Correlation(own, stride=octave.hop_length, dilation=octave.dilation)
    if not matrix:
        return Group(filters, octave.before, filters.reach)
    spectral = nn.Sequential(filters, _Matrix(matrix[0] + octave.difference))
    return Group(spectral, octave.before, filters.reach)


class _Matrix(nn.Module):
    """``(batch, n_in, frames)`` → ``(batch, n_out, frames)``."""

    matrix: Tensor  # (n_out, n_in)

    def __init__(self, matrix: Tensor) -> None:
        super().__init__()
        self.register_buffer("matrix", matrix.detach(), persistent=False)

    def forward(self, frames: Tensor) -> Tensor:
        return torch.matmul(self.matrix, frames)


class _LowestFirst(nn.Module):
    """Octaves from the highest down, each real parts first → one spectrum, lowest bin first.

    Args:
        left_out: lowest bins of the lowest octave.
    """

    def __init__(self, left_out: int) -> None:
        super().__init__()
        self.left_out = left_out

    def forward(self, octaves: list[Tensor]) -> Tensor:
        parts = [octave.chunk(2, dim=1) for octave in reversed(octaves)]
        re = torch.cat([real for real, _ in parts], dim=1)[:, self.left_out :]
        im = torch.cat([imaginary for _, imaginary in parts], dim=1)[:, self.left_out :]
        return torch.cat([re, im], dim=1)
