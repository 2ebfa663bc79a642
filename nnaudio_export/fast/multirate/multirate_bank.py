"""A filter bank whose low filters work at lower sampling rates: the fast equal of a dense one."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import torch
from nnaudio_contract import Block, Flow, StreamingForm, StreamPlan
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.chunked.chunked_cascade import streamed_bank
from nnaudio_export.fast.multirate.multirate_cascade import multirate_cascade
from nnaudio_export.fast.multirate.short_filters import ShortFilters, decimator
from nnaudio_export.fast.multirate.strided_correlation import (
    BlockProducts,
    cost_of_correlation,
    cost_of_products,
    strided_correlation,
)
from nnaudio_export.weights import real_rows

# Outputs per window of a decimator: with one, a matrix product would have a single column.
_OUTPUTS = 16


class MultirateBank(Block):
    """Correlates audio with filters, each group of them at a rate of its own.

    ``(batch, 1, samples)`` → ``(batch, 2 * bins, frames)``, real parts first, as the
    :class:`~nnaudio_export.blocks.filter_bank.FilterBank` it stands for.

    Args:
        groups: filters, and the numbers of their bins.
        factors: of the decimators, one after the other.
        length: samples of a frame.
        hop_length: samples from one frame to the next, a multiple of every group's factor.

    Attributes:
        factors: of the decimators.
        filters: of the groups.
        levels: one for each rate, the full one first.
        zeros: samples of silence before the audio, a multiple of every factor: filters reach
            beyond the frame, where they are almost zero.
        multiplications: for one frame.
        cost: multiplications, and memory traffic counted as such.
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
        hops = [hop_length // rate for rate in rates]
        self.zeros = _zeros(self.filters, rates[-1], hop_length)
        # Every level is a whole number of hops, and of the blocks of the decimator that reads it,
        # which gives one such unit of hops less than it takes.
        blocks = [_OUTPUTS * factor for factor in factors]
        self.unit = math.lcm(
            1, *(block // math.gcd(block, hop) for block, hop in zip(blocks, hops, strict=False))
        )
        levels: list[RateLevel] = []
        order: list[NDArray[np.int64]] = []
        for rate, factor, hop in zip(rates, (1, *factors), hops, strict=True):
            here = [(short, bins) for short, bins in groups if short.factor == rate]
            levels.append(
                RateLevel(factor, [short for short, _ in here], self.zeros // rate, hop, self.unit)
            )
            order += [bins for _, bins in here]
        self.levels = nn.ModuleList(levels)
        needed = max(
            math.ceil((self.zeros + length) / hop_length),
            *(level.reach + self.unit * depth for depth, level in enumerate(levels)),
        )
        self.more = -(-needed // self.unit) * self.unit
        self.register_buffer("rows", torch.from_numpy(_rows(order)), persistent=False)
        self.method = "multirate " + ", ".join(
            f"{len(short.weights)} bins at 1/{short.factor}" for short in self.filters
        )
        self.multiplications = sum(2 * short.weights.size for short in self.filters) + sum(
            step_taps(factor) * hop for factor, hop in zip(factors, hops[1:], strict=True)
        )
        self.cost = _cost(self.filters, self.zeros, hop_length) + sum(
            _cost_of_decimator(factor) * hop for factor, hop in zip(factors, hops[1:], strict=True)
        )

    def forward(self, audio: Tensor) -> Tensor:
        frames = (audio.shape[2] - self.length) // self.hop_length + 1
        hops = (frames + self.unit - 1) // self.unit * self.unit + self.more
        after = hops * self.hop_length - self.zeros - audio.shape[2]
        audio = functional.pad(audio.squeeze(1), [self.zeros, after])
        spectra: list[Tensor] = []
        for level in self.levels:
            audio, here = level(audio, frames)
            spectra += here
        return torch.cat(spectra, dim=2).transpose(1, 2).index_select(1, self.rows)

    def streaming_form(self, flow: Flow, plan: StreamPlan) -> StreamingForm:
        cascade = multirate_cascade(
            self.filters,
            self.factors,
            rows=self.rows,
            zeros=self.zeros,
            hop_length=self.hop_length,
            length=self.length,
            frames=plan.frames,
        )
        return streamed_bank(cascade, flow, plan)

    def extra_repr(self) -> str:
        return f"length={self.length}, hop_length={self.hop_length}"


def _zeros(filters: list[ShortFilters], factor: int, hop_length: int) -> int:
    """How many zeros to put before the audio, of those that are enough the ones that cost least.

    They decide where frames lie in the blocks of their level.
    """
    least = -(min(0, *(short.start for short in filters)) // factor) * factor
    return min(
        range(least, least + hop_length, factor), key=lambda z: _cost(filters, z, hop_length)
    )


def _cost(filters: list[ShortFilters], zeros: int, hop_length: int) -> float:
    """Of one frame of all filters."""
    return sum(
        cost_of_correlation(
            rows=2 * len(short.weights),
            taps=short.weights.shape[1],
            start=(zeros + short.start) // short.factor,
            stride=hop_length // short.factor,
        )
        for short in filters
    )


def _cost_of_decimator(factor: int) -> float:
    """Of one output."""
    stride = _OUTPUTS * factor
    cost = cost_of_products(rows=_OUTPUTS, taps=step_taps(factor), start=0, stride=stride)
    return cost / _OUTPUTS


def step_taps(factor: int) -> int:
    """Multiplications for one output of a decimator."""
    return len(decimator(factor)) + (_OUTPUTS - 1) * factor


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


class RateLevel(nn.Module):
    """What happens at one rate: the decimator that leads to it, and its groups.

    Args:
        factor: of the decimator; 1 for none.
        groups: its filters.
        zeros: samples before the audio, at this rate.
        hop_length: samples from frame to frame, at this rate.
        unit: hops that the decimator drops at the end.

    Attributes:
        decimator: ``(batch, samples)`` → the same at this rate.
        groups: each ``(batch, samples)`` → ``(batch, frames, 2 * bins)``; their ``start``,
            ``taps`` and ``stride`` are in samples of this level.
        reach: hops that the groups read beyond the start of the last frame.
    """

    def __init__(
        self, factor: int, groups: list[ShortFilters], zeros: int, hop_length: int, unit: int
    ) -> None:
        super().__init__()
        self.decimator: nn.Module = (
            nn.Identity() if factor == 1 else Decimator(factor, unit * hop_length // _OUTPUTS)
        )
        self.groups = nn.ModuleList(
            strided_correlation(
                real_rows(short.weights)[:, 0],
                start=zeros + short.start // short.factor,
                stride=hop_length,
            )
            for short in groups
        )
        ends = [zeros + short.start // short.factor + short.weights.shape[1] for short in groups]
        self.reach = math.ceil(max(ends, default=0) / hop_length)

    def forward(self, audio: Tensor, frames: int) -> tuple[Tensor, list[Tensor]]:
        audio = self.decimator(audio)
        spectra: list[Tensor] = []
        for group in self.groups:
            spectra.append(group(audio, frames))  # noqa: PERF401 - TorchScript unrolls this
        return audio, spectra


class Decimator(nn.Module):
    """Low-pass filter and decimation: ``(batch, samples)`` → ``(batch, samples / factor - some)``.

    Args:
        factor: of which one sample is kept.
        dropped: how many times sixteen samples are given less.
    """

    def __init__(self, factor: int, dropped: int) -> None:
        super().__init__()
        self.factor = factor
        self.dropped = dropped
        self.block = _OUTPUTS * factor
        taps = decimator(factor)
        kernels = np.zeros((_OUTPUTS, step_taps(factor)))
        for output in range(_OUTPUTS):
            kernels[output, output * factor : output * factor + len(taps)] = taps
        self.products = BlockProducts(kernels, start=0, stride=self.block)

    def forward(self, audio: Tensor) -> Tensor:
        windows = audio.shape[1] // self.block - self.dropped
        return self.products(audio, windows).flatten(1)
