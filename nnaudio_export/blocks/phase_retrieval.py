"""The steps of Griffin and Lim's algorithm that are not a transform."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional


class IntegratedPhase(nn.Module):
    """A phase for magnitudes ``(batch, bins, frames)``, in radians, of the same shape.

    Of a Gaussian window, the phase advances from frame to frame by the bin's own frequency and by
    the slope of the logarithmic magnitude over the bins; other windows are close to one. The sum
    of these advances is a phase in which the frames agree with each other from the start, where
    random phases contradict.

    The slope of the logarithm is the first three terms of ``atanh((a - b) / (a + b))``, for the
    magnitudes a above and b below a bin: where it ends at 1.5, the logarithm would go on to the
    noise. Made of exact operations, rounded to 2^-24 of a turn and added up as whole numbers, the
    millionth frame has the same phase in every program.

    Args:
        window: of the analysis, ``(n_fft,)``.
        hop_length: samples from one frame to the next.

    Reference:
        Z. Průša, P. Balazs and P. L. Søndergaard, "A noniterative method for reconstruction of
        phase from STFT magnitude", IEEE/ACM TASLP 25(5), 2017, eq. 19.

    Example:
        >>> phase = IntegratedPhase(np.hanning(8), hop_length=2)(torch.ones(1, 5, 3))
        >>> (phase / torch.pi % 2)[0, 1]  # bin 1 turns by a quarter from frame to frame
        tensor([1.0000, 1.5000, 0.0000])
    """

    steps: Tensor  # (bins, 1), int64: turns of a bin from frame to frame, in 1 / n_fft
    centre: Tensor  # (bins, 1), int64: turns that put a pulse into the middle of the frame

    def __init__(self, window: NDArray[np.float64], *, hop_length: int) -> None:
        super().__init__()
        n_fft = len(window)
        bins = torch.arange(n_fft // 2 + 1)[:, None]
        self.n_fft = n_fft
        self.register_buffer("steps", bins * hop_length % n_fft, persistent=False)
        self.register_buffer("centre", bins * (n_fft - n_fft // 2) % n_fft, persistent=False)
        # The Gaussian exp(-pi t^2 / spread) whose square is as wide as the window's.
        time = np.arange(n_fft) - np.average(np.arange(n_fft), weights=window**2)
        spread = 4 * np.pi * float(np.average(time**2, weights=window**2))
        self.unit = 2**24
        # From a slope per bin to turns per frame, in units.
        self.scale = self.unit * hop_length * n_fft / max(spread, 1e-3) / (2 * math.pi)
        self.tiny = 2.0**-126

    def forward(self, magnitude: Tensor) -> Tensor:
        above, below = magnitude[:, 2:], magnitude[:, :-2]
        contrast = (above - below) / (above + below).clamp(min=self.tiny)
        square = contrast * contrast
        slope = contrast * (1 + square * (1 / 3 + square / 5))
        advance = (functional.pad(slope, [0, 0, 1, 1]) * self.scale).round().to(torch.int64)
        # Twice the sum of the means of neighbouring frames.
        twice = 2 * advance.cumsum(dim=2) - advance - advance[:, :, :1]
        turns = (twice % (2 * self.unit)).to(magnitude.dtype) / (2 * self.unit)
        frames = torch.arange(magnitude.shape[2], device=magnitude.device)
        steady = (self.centre + self.steps * frames) % self.n_fft
        return (turns + steady.to(magnitude.dtype) / self.n_fft) * (2 * math.pi)


class Polar(nn.Module):
    """Magnitude and phase ``(batch, bins, frames)`` → ``(batch, 2 * bins, frames)``."""

    def forward(self, magnitude: Tensor, phase: Tensor) -> Tensor:
        return torch.cat([magnitude * phase.cos(), magnitude * phase.sin()], dim=1)


class MomentumPhase(nn.Module):
    """The magnitudes wanted, with the phase of a spectrum that is led on by momentum.

    Where that spectrum nearly vanishes, its phase is rounding, and a full magnitude with such a
    phase would make the next spectrum rounding too. There the result fades out, below a hundredth
    of the magnitude wanted.

    Args:
        momentum: from 0; 0 leaves the phase as it is.

    Shape:
        - Input: ``rebuilt`` and ``previous`` spectra ``(batch, 2 * bins, frames)``; the
          ``magnitude`` that ``rebuilt`` should have and the one that the result gets, ``(batch,
          bins, frames)``.
        - Output: ``(batch, 2 * bins, frames)``.
    """

    def __init__(self, momentum: float) -> None:
        super().__init__()
        self.share = momentum / (1 + momentum)
        self.floor = 0.01
        self.tiny = 2.0**-126  # smallest normal float32: silence has no phase

    def forward(
        self, rebuilt: Tensor, previous: Tensor, magnitude: Tensor, weighted: Tensor
    ) -> Tensor:
        re, im = (rebuilt - previous * self.share).chunk(2, dim=1)
        least = magnitude * self.floor
        power = re * re + im * im + least * least
        scale = weighted * power.clamp(min=self.tiny).rsqrt()
        return torch.cat([re * scale, im * scale], dim=1)
