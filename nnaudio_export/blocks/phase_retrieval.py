"""The steps of Griffin and Lim's algorithm that are not a transform."""

import math

import numpy as np
import torch
from nnaudio_runtime.selftest import generated_signal
from torch import Tensor, nn

from nnaudio_export.blocks.weights import register_weight


class SteadyPhase(nn.Module):
    """Gives magnitudes ``(batch, bins, frames)`` a phase: ``(batch, 2 * bins, frames)``.

    Every bin is a steady tone of its own frequency, ``exp(2j pi (k m hop / n_fft + r[k]))`` in
    bin k and frame m, with offsets r that look random. Frames then agree with each other from the
    start, which independent random phases do not.

    The turns of a tone are counted in whole numbers, so that the millionth frame is as exact as
    the first.

    Args:
        n_fft: samples of a frame.
        hop_length: samples from one frame to the next.
        seed: chooses the offsets; a whole number from 0 to 2^32 - 1.

    Example:
        >>> spectrum = SteadyPhase(n_fft=4, hop_length=1, seed=0)(torch.ones(1, 3, 5))
        >>> re, im = spectrum.chunk(2, dim=1)
        >>> bool(((re * re + im * im) - 1).abs().max() < 1e-6)
        True
    """

    steps: Tensor  # (bins, 1), int64: turns of a bin from frame to frame, in 1 / n_fft
    offset: Tensor  # (bins, 1), radians

    def __init__(self, *, n_fft: int, hop_length: int, seed: int) -> None:
        super().__init__()
        bins = n_fft // 2 + 1
        self.n_fft = n_fft
        self.radians = 2 * math.pi / n_fft
        steps = torch.arange(bins)[:, None] * hop_length % n_fft
        self.register_buffer("steps", steps, persistent=False)
        turns = generated_signal((bins, 1), seed).astype(np.float64)
        register_weight(self, "offset", 2 * np.pi * turns, trainable=False)

    def forward(self, magnitude: Tensor) -> Tensor:
        frames = torch.arange(magnitude.shape[2], device=magnitude.device)
        turns = self.steps * frames % self.n_fft
        angle = turns.to(magnitude.dtype) * self.radians + self.offset
        return torch.cat([magnitude * angle.cos(), magnitude * angle.sin()], dim=1)


class MomentumPhase(nn.Module):
    """The magnitudes wanted, with the phase of a spectrum that is led on by momentum.

    Args:
        momentum: from 0; 0 leaves the phase as it is.

    Shape:
        - Input: ``rebuilt`` and ``previous`` spectra ``(batch, 2 * bins, frames)``, and
          ``magnitude`` ``(batch, bins, frames)``.
        - Output: ``(batch, 2 * bins, frames)``; 0 where the spectrum has no phase.
    """

    def __init__(self, momentum: float) -> None:
        super().__init__()
        self.share = momentum / (1 + momentum)
        # Smallest normal float32: a power below it says nothing of a phase.
        self.tiny = 2.0**-126

    def forward(self, rebuilt: Tensor, previous: Tensor, magnitude: Tensor) -> Tensor:
        re, im = (rebuilt - previous * self.share).chunk(2, dim=1)
        power = re * re + im * im
        scale = power.clamp(min=self.tiny).rsqrt().masked_fill(power < self.tiny, 0.0) * magnitude
        return torch.cat([re * scale, im * scale], dim=1)
