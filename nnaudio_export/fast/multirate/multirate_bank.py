"""A filter bank whose low filters work at lower sampling rates: the fast equal of a dense one."""

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
from nnaudio_export.fast.multirate.short_filters import Decimators, ShortFilters
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
        decimators: that lead to their rates.
        length: samples of a frame.
        hop_length: samples from one frame to the next, a multiple of every group's factor.

    Attributes:
        decimators: that lead to their rates.
        filters: of the groups.
        levels: one for each rate, the full one first.
        zeros: samples of silence before the audio, a multiple of every factor: filters reach
            beyond the frame, where they are almost zero.
        multiplications: for one frame.
        residual: largest error of an output, relative to the filter's largest output.
        cost: multiplications, and memory traffic counted as such.
    """

    linear = True  # an exporter may compute it in half precision
    rows: Tensor  # (2 * bins,): where each row of the result lies among those of the groups

    def __init__(
        self,
        groups: Sequence[tuple[ShortFilters, NDArray[np.int64]]],
        *,
        decimators: Decimators,
        length: int,
        hop_length: int,
    ) -> None:
        super().__init__()
        self.length = length
        self.decimators = decimators
        factors, rates = decimators.factors, decimators.rates
        self.filters = [short for short, _ in groups]
        self.hop_length = hop_length
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
                RateLevel(
                    Decimator(decimators.lowpass(factor), factor, self.unit * hop // _OUTPUTS)
                    if factor > 1
                    else nn.Identity(),
                    [short for short, _ in here],
                    zeros=self.zeros // rate,
                    hop_length=hop,
                )
            )
            order += [bins for _, bins in here]
        self.levels = nn.ModuleList(levels)
        needed = max(
            math.ceil((self.zeros + length) / hop_length),
            *(level.reach + self.unit * depth for depth, level in enumerate(levels)),
        )
        self.more = -(-needed // self.unit) * self.unit
        self.register_buffer("rows", torch.from_numpy(_rows(order)), persistent=False)
        self.method = _method(self.filters, decimators.attenuation)
        steps = [_step_taps(decimators.lowpass(factor), factor) for factor in factors]
        self.residual = max(short.residual for short in self.filters)
        self.multiplications = sum(2 * short.weights.size for short in self.filters) + sum(
            taps * hop for taps, hop in zip(steps, hops[1:], strict=True)
        )
        self.cost = _cost(self.filters, self.zeros, hop_length) + sum(
            _cost_of_decimator(taps, factor) * hop
            for taps, factor, hop in zip(steps, factors, hops[1:], strict=True)
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
            self.decimators,
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


def _method(filters: list[ShortFilters], attenuation: float) -> str:
    """In words, what was done."""
    if all(short.factor == 1 for short in filters):
        return f"grouped filters ({len(filters)} octaves)"
    groups = (f"{len(short.weights)} bins at 1/{short.factor}" for short in filters)
    return f"multirate ({attenuation:.0f} dB) {', '.join(groups)}"


def _cost_of_decimator(taps: int, factor: int) -> float:
    """Of one output of a decimator whose steps take so many samples."""
    cost = cost_of_products(rows=_OUTPUTS, taps=taps, start=0, stride=_OUTPUTS * factor)
    return cost / _OUTPUTS


def _step_taps(lowpass: NDArray[np.float64], factor: int) -> int:
    """Samples that a step of a decimator takes; as many multiplications for one output."""
    return len(lowpass) + (_OUTPUTS - 1) * factor


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
        decimator: ``(batch, samples)`` → the same at this rate.
        groups: its filters.
        zeros: samples before the audio, at this rate.
        hop_length: samples from frame to frame, at this rate.

    Attributes:
        groups: each ``(batch, samples)`` → ``(batch, frames, 2 * bins)``; their ``start``,
            ``taps`` and ``stride`` are in samples of this level.
        reach: hops that the groups read beyond the start of the last frame.
    """

    def __init__(
        self, decimator: nn.Module, groups: list[ShortFilters], *, zeros: int, hop_length: int
    ) -> None:
        super().__init__()
        self.decimator = decimator
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
        lowpass: the filter.
        factor: of which one sample is kept.
        dropped: how many times sixteen samples are given less.
    """

    def __init__(self, lowpass: NDArray[np.float64], factor: int, dropped: int) -> None:
        super().__init__()
        self.factor = factor
        self.dropped = dropped
        self.block = _OUTPUTS * factor
        kernels = np.zeros((_OUTPUTS, _step_taps(lowpass, factor)))
        for output in range(_OUTPUTS):
            kernels[output, output * factor : output * factor + len(lowpass)] = lowpass
        self.products = BlockProducts(kernels, start=0, stride=self.block)

    def forward(self, audio: Tensor) -> Tensor:
        windows = audio.shape[1] // self.block - self.dropped
        return self.products(audio, windows).flatten(1)
