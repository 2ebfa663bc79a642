"""The transpose of a multirate filter bank: from spectra back to samples."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.fast.multirate.short_filters import Decimators, ShortFilters
from nnaudio_export.weights import real_rows, register_weight

# Samples that an interpolator takes at a time: one by one, a matrix product would have one column.
_BLOCK = 16


class MultirateAdjoint(nn.Module):
    """The adjoint of a bank whose filters are given at lower rates.

    ``(batch, 2 * bins, frames)`` → ``(batch, 1, (frames - 1) * hop_length + length)``. Each group
    adds its frames up at its own rate; interpolators, the lowest rate first, lead up to the full
    one.

    Args:
        groups: filters, and the numbers of their bins.
        decimators: that lead to their rates.
        length: samples of a frame.
        hop_length: samples from one frame to the next, a multiple of every group's factor.

    Attributes:
        cost: multiplications for one frame.
    """

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
        self.hop_length = hop_length
        factors, rates = decimators.factors, decimators.rates
        bins = sum(len(numbers) for _, numbers in groups)
        # What filters reach beyond the frame, where they are almost zero, is cut off at the end.
        self.before = -(min(0, *(short.start for short, _ in groups)) // rates[-1]) * rates[-1]
        ends = [short.end(len(decimators.until(short.factor).as_one())) for short, _ in groups]
        # A group's last frame takes whole hops.
        behind = math.ceil((self.before + max(length, *ends)) / hop_length) + 1
        # At every rate, frames and what is behind them are whole blocks.
        unit = math.lcm(1, *(_BLOCK // math.gcd(_BLOCK, hop_length // rate) for rate in rates[1:]))
        self.unit = unit
        levels = [
            _Level(
                [(short, numbers) for short, numbers in groups if short.factor == rate],
                bins=bins,
                before=self.before // rate,
                hop_length=hop_length // rate,
                interpolator=_Interpolator(decimators.lowpass(factor), factor)
                if factor > 1
                else nn.Identity(),
            )
            for rate, factor in zip(rates[::-1], (*factors[::-1], 1), strict=True)
        ]
        self.levels = nn.ModuleList(levels)
        self.behind = -(-behind // unit) * unit
        self.cost = sum(2 * short.weights.size for short, _ in groups) + sum(
            hop_length // rate * level.interpolator.taps
            for rate, level in zip(rates[::-1], levels, strict=True)
            if isinstance(level.interpolator, _Interpolator)
        )

    def forward(self, spectrum: Tensor) -> Tensor:
        frames = spectrum.shape[2]
        hops = (frames + self.unit - 1) // self.unit * self.unit + self.behind
        audio = torch.zeros_like(spectrum[:, :1, :1])
        for level in self.levels:
            audio = level(audio, spectrum, hops)
        return audio.narrow(2, self.before, (frames - 1) * self.hop_length + self.length)


class MultiratePair(nn.Module):
    """A multirate bank and its adjoint, as one that is used both ways."""

    linear = True  # an exporter may compute it in half precision

    def __init__(self, bank: nn.Module, transpose: MultirateAdjoint) -> None:
        super().__init__()
        self.bank = bank
        self.transpose = transpose

    def forward(self, audio: Tensor) -> Tensor:
        return self.bank(audio)

    def adjoint(self, spectrum: Tensor) -> Tensor:
        """``(batch, 2 * bins, frames)`` → ``(batch, 1, samples)``."""
        return self.transpose(spectrum)


class _Level(nn.Module):
    """One rate: what its groups add to the audio from below, and the way up."""

    def __init__(
        self,
        groups: list[tuple[ShortFilters, NDArray[np.int64]]],
        *,
        bins: int,
        before: int,
        hop_length: int,
        interpolator: nn.Module,
    ) -> None:
        super().__init__()
        self.hop_length = hop_length
        self.groups = nn.ModuleList(
            _Group(short, numbers, bins=bins, before=before, hop_length=hop_length)
            for short, numbers in groups
        )
        self.interpolator = interpolator

    def forward(self, audio: Tensor, spectrum: Tensor, hops: int) -> Tensor:
        length = hops * self.hop_length
        audio = functional.pad(audio, [0, length - audio.shape[2]])
        for group in self.groups:
            audio = audio + group(spectrum, length)
        return self.interpolator(audio)


class _Group(nn.Module):
    """Adds up the frames of filters at one rate: ``(batch, 2 * bins, frames)`` → ``length``."""

    rows: Tensor  # (2 * own bins,)
    kernel: Tensor  # (hop_length, 2 * own bins, hops): what a frame so many hops ago adds

    def __init__(
        self,
        short: ShortFilters,
        numbers: NDArray[np.int64],
        *,
        bins: int,
        before: int,
        hop_length: int,
    ) -> None:
        super().__init__()
        self.start = before + short.start // short.factor
        self.hop_length = hop_length
        rows = torch.from_numpy(np.concatenate([numbers, bins + numbers]))
        self.register_buffer("rows", rows, persistent=False)
        kernels = real_rows(short.weights)[:, 0]
        self.hops = -(-kernels.shape[1] // hop_length)
        padded = np.pad(kernels, ((0, 0), (0, self.hops * hop_length - kernels.shape[1])))
        by_hop = padded.reshape(len(padded), self.hops, hop_length).transpose(2, 0, 1)
        # A convolution looks ahead where this looks back.
        register_weight(self, "kernel", by_hop[:, :, ::-1].copy(), trainable=False)

    def forward(self, spectrum: Tensor, length: int) -> Tensor:
        own = functional.pad(spectrum.index_select(1, self.rows), [self.hops - 1, self.hops - 1])
        samples = functional.conv1d(own, self.kernel)  # (batch, hop_length, frames + hops - 1)
        part = samples.transpose(1, 2).flatten(1).unsqueeze(1)
        return functional.pad(part, [self.start, length - self.start - part.shape[2]])


class _Interpolator(nn.Module):
    """The transpose of a decimator: ``(batch, 1, samples)`` → ``(batch, 1, samples * factor)``.

    Blocks of samples go in and blocks of ``factor`` as many come out; what reaches further is added
    to the next blocks.
    """

    kernel: Tensor  # (block * factor, block, reach)

    def __init__(self, lowpass: NDArray[np.float64], factor: int) -> None:
        super().__init__()
        size = _BLOCK * factor
        reach = -(-(len(lowpass) + (_BLOCK - 1) * factor) // size)
        outputs = np.zeros((_BLOCK, reach * size))
        for row, output in enumerate(outputs):
            output[row * factor : row * factor + len(lowpass)] = lowpass
        # A convolution looks ahead where this looks back.
        rows = outputs.reshape(_BLOCK, reach, size).transpose(2, 0, 1)[:, :, ::-1]
        self.block = _BLOCK
        self.reach = reach
        self.taps = reach * size
        register_weight(self, "kernel", rows.copy(), trainable=False)

    def forward(self, audio: Tensor) -> Tensor:
        blocks = audio.reshape(audio.shape[0], -1, self.block).transpose(1, 2)
        blocks = functional.pad(blocks, [self.reach - 1, 0])
        return functional.conv1d(blocks, self.kernel).transpose(1, 2).flatten(1).unsqueeze(1)
