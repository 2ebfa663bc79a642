"""Multirate banks as cascades."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.chunked.correlation import Correlation
from nnaudio_export.chunked.filter_cascade import Cascade, Group, Level
from nnaudio_export.fast.multirate.short_filters import Decimators, ShortFilters
from nnaudio_export.weights import real_rows, register_weight

# Outputs of a decimator at a time, at most: with one, a matrix product would have a single row.
_MOST_OUTPUTS = 16


def multirate_cascade(
    filters: Sequence[ShortFilters],
    decimators: Decimators,
    *,
    rows: Tensor,
    zeros: int,
    hop_length: int,
    length: int,
    frames: int,
) -> Cascade:
    """The levels of a multirate bank, with decimators that fit a chunk.

    Args:
        filters: of the groups.
        decimators: that lead to their rates.
        rows: of each row of the result, its row among those of the groups.
        zeros: samples of silence before the audio.
        hop_length: samples from one frame to the next.
        length: samples of a frame.
        frames: of a chunk.
    """
    levels = []
    for factor, rate in zip((1, *decimators.factors), decimators.rates, strict=True):
        hop = hop_length // rate
        groups = []
        for short in filters:
            if short.factor == rate:
                kernel = torch.from_numpy(real_rows(short.weights)).to(torch.float32)
                bank = Correlation(kernel, stride=hop)
                start = zeros // rate + short.start // rate
                groups.append(Group(bank, start, bank.reach))
        if factor == 1:
            levels.append(Level(tuple(groups)))
            continue
        outputs = math.gcd(frames * hop, _MOST_OUTPUTS)
        step = _Decimator(decimators.lowpass(factor), factor, outputs)
        levels.append(
            Level(
                tuple(groups),
                decimator=step,
                stride=factor * outputs,
                reach=step.kernel.shape[2],
                outputs=outputs,
            )
        )
    return Cascade(
        levels=tuple(levels),
        join=_InOrder(rows),
        hop_length=hop_length,
        frame_length=length,
        front=zeros,
    )


class _Decimator(nn.Module):
    """Low-pass filter and decimation, several outputs at a time: ``(batch, 1, samples)`` → less.

    Args:
        lowpass: the filter.
        factor: of which one sample is kept.
        outputs: of one step.
    """

    kernel: Tensor  # (outputs, 1, taps + (outputs - 1) * factor)

    def __init__(self, lowpass: NDArray[np.float64], factor: int, outputs: int) -> None:
        super().__init__()
        rows = np.zeros((outputs, 1, len(lowpass) + (outputs - 1) * factor))
        for output in range(outputs):
            rows[output, 0, output * factor : output * factor + len(lowpass)] = lowpass
        self.stride = factor * outputs
        register_weight(self, "kernel", rows, trainable=False)

    def forward(self, audio: Tensor) -> Tensor:
        steps = functional.conv1d(audio, self.kernel, stride=self.stride)
        return steps.transpose(1, 2).flatten(1).unsqueeze(1)


class _InOrder(nn.Module):
    """The groups' outputs → ``(batch, 2 * bins, frames)``.

    Args:
        rows: of each row of the result, its row among those of the groups.
    """

    rows: Tensor

    def __init__(self, rows: Tensor) -> None:
        super().__init__()
        self.register_buffer("rows", rows, persistent=False)

    def forward(self, groups: list[Tensor]) -> Tensor:
        return torch.cat(groups, dim=1).index_select(1, self.rows)
