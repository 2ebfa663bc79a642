"""Octave banks as cascades."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nnaudio_export.chunked.correlation import Correlation
from nnaudio_export.chunked.filter_cascade import Cascade, Group, Level


@dataclass(frozen=True)
class OctaveFilters:
    """The filters of one octave.

    Attributes:
        kernel: ``(rows, 1, taps)``.
        matrix: over the kernel's rows; None where these are the result.
        before: samples in front of frame 0, at the octave's rate.
        hop_length: samples from frame to frame, at that rate.
        dilation: distance of the samples that the filters take.
    """

    kernel: Tensor
    matrix: Tensor | None
    before: int
    hop_length: int
    dilation: int


@dataclass(frozen=True)
class Halving:
    """A decimator that leads to the next octave.

    Attributes:
        decimator: ``(batch, 1, n)`` → about half.
        stride: samples that it moves on.
        reach: samples that it takes.
    """

    decimator: nn.Module
    stride: int
    reach: int


def octave_cascade(
    octaves: Sequence[OctaveFilters],
    halvings: Sequence[Halving],
    *,
    left_out: int,
    hop_length: int,
    frame_length: int,
    front: int,
) -> Cascade:
    """The levels of an octave bank: its halvings, and an octave's filters at most of them.

    Args:
        octaves: from the highest down.
        halvings: one after the other; the first may come before the first octave.
        left_out: lowest bins of the lowest octave.
        hop_length: samples from frame to frame, at the full rate.
        frame_length: samples that the first frame needs.
        front: zeros in front of the audio.
    """
    silent = len(halvings) + 1 - len(octaves)
    groups = [()] * silent + [(_group(octave),) for octave in octaves]
    levels = [Level(groups[0])]
    for halving, at_rate in zip(halvings, groups[1:], strict=True):
        levels.append(Level(at_rate, halving.decimator, halving.stride, halving.reach))
    return Cascade(
        levels=tuple(levels),
        join=_LowestFirst(left_out),
        hop_length=hop_length,
        frame_length=frame_length,
        front=front,
    )


def _group(octave: OctaveFilters) -> Group:
    filters = Correlation(octave.kernel, stride=octave.hop_length, dilation=octave.dilation)
    if octave.matrix is None:
        return Group(filters, octave.before, filters.reach)
    spectral = nn.Sequential(filters, _Matrix(octave.matrix))
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
