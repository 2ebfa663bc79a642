"""Halving the sampling rate, again and again, so that frames stay on samples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.weights import register_weight


class HalfBandDecimator(nn.Module):
    """A low-pass that halves the sampling rate: ``(batch, 1, samples)`` → the same, about half.

    Where the hop length is odd at this rate, frames would fall between the samples that are left:
    then all samples stay, and what follows takes every second of them (``dilation``).

    Args:
        taps: float64 ``(2 * reach + 1,)``, symmetric.
        stride: 2, or 1 where all samples stay.
        dilation: distance of the samples that the filter takes.
    """

    taps: Tensor  # (1, 1, 2 * reach + 1)

    def __init__(self, taps: NDArray[np.float64], *, stride: int, dilation: int) -> None:
        super().__init__()
        self.stride = stride
        self.dilation = dilation
        register_weight(self, "taps", taps[None, None], trainable=False)

    def forward(self, audio: Tensor) -> Tensor:
        return functional.conv1d(audio, self.taps, stride=self.stride, dilation=self.dilation)

    def extra_repr(self) -> str:
        return f"length={self.taps.shape[2]}, stride={self.stride}, dilation={self.dilation}"


@dataclass(frozen=True)
class OctaveLevel:
    """What an octave's filters need to know of their rate.

    Attributes:
        before: samples in front of frame 0.
        hop_length: samples from frame to frame, at this rate.
        dilation: distance of the samples that the filters take.
    """

    before: int
    hop_length: int
    dilation: int


@dataclass(frozen=True)
class OctaveDecimation:
    """A way down through successive halvings.

    Attributes:
        hop_length: samples from frame to frame, at the full rate.
        frame_length: even; frame m is centred on sample ``frame_length // 2 + m * hop_length``.
        zeros: samples to put in front of the audio and behind it.
        halvers: one for each halving.
        levels: what comes before the first halving, after it, and so on.
    """

    hop_length: int
    frame_length: int
    zeros: tuple[int, int]
    halvers: tuple[HalfBandDecimator, ...]
    levels: tuple[OctaveLevel, ...]


def plan_decimation(
    lowpasses: list[NDArray[np.float64]],
    *,
    hop_length: int,
    frame_length: int,
    filter_length: int,
    early: int,
) -> OctaveDecimation:
    """Works out strides, dilations and offsets that put all frames on samples.

    The audio gets as many zeros in front that the centre of frame 0 is among the samples that every
    halving leaves, and on both sides as many that every filter of every frame has its samples.

    Args:
        lowpasses: taps for every halving, each symmetric and of odd length.
        hop_length: samples from frame to frame, at the full rate.
        frame_length: even; frame m is centred on sample ``frame_length // 2 + m * hop_length``.
        filter_length: even, of the filters at every level; time 0 is tap ``filter_length // 2``.
        early: how many halvings come before the first level at which there are filters.
    """
    halvers: list[HalfBandDecimator] = []
    # Of each level: samples of the full rate between neighbours, what it would be had every
    # halving halved, and the place of its first sample.
    step, rate, first = 1, 1, 0
    places = [(step, rate, first)]
    for taps in lowpasses:
        stride = 1 if hop_length // step % 2 else 2
        halvers.append(HalfBandDecimator(taps, stride=stride, dilation=rate // step))
        first += len(taps) // 2 * rate
        step, rate = step * stride, rate * 2
        places.append((step, rate, first))

    centre, half = frame_length // 2, filter_length // 2
    used = places[early:]
    front = max(0, *(first + rate * half - centre for _, rate, first in used))
    behind = max(0, *(first + 1 + rate * (half - 1) - centre for _, rate, first in used))
    # The last level has the coarsest grid: what lies on it lies on all others.
    front += (first - centre - front) % step
    levels = tuple(
        OctaveLevel(
            before=(front + centre - first) // step - rate // step * half,
            hop_length=hop_length // step,
            dilation=rate // step,
        )
        for step, rate, first in used
    )
    return OctaveDecimation(hop_length, frame_length, (front, behind), tuple(halvers), levels)
