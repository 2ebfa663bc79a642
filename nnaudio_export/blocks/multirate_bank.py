"""A filter bank whose low filters work at lower sampling rates: the fast equal of a dense one."""

import itertools
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.blocks.filter_bank import real_rows
from nnaudio_export.blocks.weights import register_weight
from nnaudio_export.kernels.multirate import ShortFilters, cascade, decimator

# Outputs per step of a decimator: with one, a matrix product would have a single row.
_BLOCK = 16


class MultirateBank(nn.Module):
    """Correlates audio with filters, each group of them at a rate of its own.

    ``(batch, 1, samples)`` → ``(batch, 2 * bins, frames)``, real parts first, as the
    :class:`~nnaudio_export.blocks.filter_bank.FilterBank` it stands for.

    Args:
        groups: filters, and the numbers of their bins.
        factors: of the decimators, one after the other.
        length: samples of a frame.
        hop_length: samples from one frame to the next, a multiple of every group's factor.
    """

    linear = True  # an exporter may compute it in half precision
    rows: Tensor  # (2 * bins,): where each row of the result lies among those of the groups

    def __init__(
        self,
        groups: Sequence[tuple[ShortFilters, NDArray[np.int64]]],
        *,
        factors: tuple[int, ...],
        length: int,
        hop_length: int,
    ) -> None:
        super().__init__()
        self.length = length
        self.factors = factors
        self.filters = [short for short, _ in groups]
        self.hop_length = hop_length
        rates = list(itertools.accumulate(factors, initial=1, func=lambda a, b: a * b))
        # Zeros for what filters reach beyond the frame, where they are almost zero too.
        before = -(min(0, *(short.start for short, _ in groups)) // rates[-1]) * rates[-1]
        ends = [short.end(len(cascade(_prefix(factors, short.factor)))) for short, _ in groups]
        self.zeros = before
        self.zz = [before, max(0, max(ends) - length) + _BLOCK * sum(rates)]
        self.levels = nn.ModuleList()
        order: list[NDArray[np.int64]] = []
        for rate, factor in zip(rates, (1, *factors), strict=True):
            here = [(short, bins) for short, bins in groups if short.factor == rate]
            self.levels.append(
                _Level(factor, [short for short, _ in here], before // rate, hop_length // rate)
            )
            order += [bins for _, bins in here]
        self.register_buffer("rows", torch.from_numpy(_rows(order)), persistent=False)
        self.method = "multirate " + ", ".join(
            f"{len(short.weights)} bins at 1/{short.factor}" for short, _ in groups
        )
        self.multiplications = sum(2 * short.weights.size for short, _ in groups) + sum(
            round(hop_length / rate * step_taps(factor))
            for rate, factor in zip(rates[1:], factors, strict=True)
        )

    def forward(self, audio: Tensor) -> Tensor:
        frames = (audio.shape[2] - self.length) // self.hop_length + 1
        audio = functional.pad(audio, self.zz)
        spectra: list[Tensor] = []
        for level in self.levels:
            audio, here = level(audio, frames)
            spectra += here
        return torch.cat(spectra, dim=1).index_select(1, self.rows)

    def extra_repr(self) -> str:
        return f"length={self.length}, hop_length={self.hop_length}"


def step_taps(factor: int) -> int:
    """Multiplications per output of a decimator."""
    return len(decimator(factor)) + (_BLOCK - 1) * factor


def _prefix(factors: tuple[int, ...], rate: int) -> tuple[int, ...]:
    """The decimators that lead to a rate."""
    return next(
        factors[:count]
        for count in range(len(factors) + 1)
        if np.prod(factors[:count], dtype=int) == rate
    )


def _rows(order: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Of each real and each imaginary part of the result, its row among those of the groups."""
    bins = sum(map(len, order))
    rows = np.zeros(2 * bins, np.int64)
    start = 0
    for group in order:
        rows[group] = start + np.arange(len(group))
        rows[bins + group] = start + len(group) + np.arange(len(group))
        start += 2 * len(group)
    return rows


class _Level(nn.Module):
    """What happens at one rate: the decimator that leads to it, and its groups."""

    def __init__(
        self, factor: int, groups: list[ShortFilters], before: int, hop_length: int
    ) -> None:
        super().__init__()
        self.decimator = nn.Identity() if factor == 1 else _Decimator(factor)
        self.groups = nn.ModuleList(_Group(short, before, hop_length) for short in groups)

    def forward(self, audio: Tensor, frames: int) -> tuple[Tensor, list[Tensor]]:
        audio = self.decimator(audio)
        spectra: list[Tensor] = []
        for group in self.groups:
            spectra.append(group(audio, frames))  # noqa: PERF401 - TorchScript unrolls this
        return audio, spectra


class _Decimator(nn.Module):
    """Low-pass filter and decimation, ``_BLOCK`` outputs a step, as a block Toeplitz matrix.

    ``(batch, 1, samples)`` → ``(batch, 1, about samples / factor)``.
    """

    kernel: Tensor  # (block, 1, taps + (block - 1) * factor)

    def __init__(self, factor: int) -> None:
        super().__init__()
        taps = decimator(factor)
        rows = np.zeros((_BLOCK, 1, step_taps(factor)))
        for output in range(_BLOCK):
            rows[output, 0, output * factor : output * factor + len(taps)] = taps
        self.stride = _BLOCK * factor
        register_weight(self, "kernel", rows, trainable=False)

    def forward(self, audio: Tensor) -> Tensor:
        blocks = functional.conv1d(audio, self.kernel, stride=self.stride)
        return blocks.transpose(1, 2).flatten(1).unsqueeze(1)


class _Group(nn.Module):
    """Filters at one rate: ``(batch, 1, samples)`` → ``(batch, 2 * bins, frames)``."""

    kernel: Tensor  # (2 * bins, 1, taps)

    def __init__(self, short: ShortFilters, before: int, hop_length: int) -> None:
        super().__init__()
        self.start = before + short.start // short.factor
        self.hop_length = hop_length
        self.taps = short.weights.shape[1]
        register_weight(self, "kernel", real_rows(short.weights), trainable=False)

    def forward(self, audio: Tensor, frames: int) -> Tensor:
        part = audio.narrow(2, self.start, (frames - 1) * self.hop_length + self.taps)
        return functional.conv1d(part, self.kernel, stride=self.hop_length)
