"""Octave banks as cascades."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.blocks.octaves import Octave, OctaveBank, SpectralOctave
from nnaudio_export.streaming.cascade import Cascade, Group, Level


def octave_cascade(bank: OctaveBank) -> Cascade:
    """The levels of an octave bank: its halvings, and an octave's filters at most of them."""
    octaves = [bank.highest, *bank.lower]
    halvers = [*bank.early, *bank.halvers]
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
    if isinstance(octave, SpectralOctave):
        filters: nn.Module = nn.Sequential(
            _Correlation(kernel, octave), _Matrix(matrix[0] + octave.difference)
        )
    else:
        filters = _Correlation(kernel + octave.difference, octave)
    return Group(filters, octave.before, (kernel.shape[2] - 1) * octave.dilation + 1)


class _Correlation(nn.Module):
    """``(batch, 1, samples)`` → ``(batch, rows, frames)``."""

    kernel: Tensor  # (rows, 1, length)

    def __init__(self, kernel: Tensor, octave: Octave) -> None:
        super().__init__()
        self.register_buffer("kernel", kernel.detach(), persistent=False)
        self.hop_length = octave.hop_length
        self.dilation = octave.dilation

    def forward(self, audio: Tensor) -> Tensor:
        return functional.conv1d(audio, self.kernel, stride=self.hop_length, dilation=self.dilation)


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
