"""The inverse constant-Q transform."""

import copy
import warnings
from typing import Any

import numpy as np
import torch
from nnaudio_contract import LayerSpec
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.blocks.bin_gain import BinGain
from nnaudio_export.blocks.conjugate_gradients import ConjugateStep
from nnaudio_export.blocks.filter_bank import FilterBank
from nnaudio_export.blocks.inputs import SpectrogramInput
from nnaudio_export.blocks.long_filter_bank import filter_bank
from nnaudio_export.blocks.overlap_add import Crop, Trim
from nnaudio_export.blocks.padding import PAD_MODES, ReflectPadAdjoint, centre_pad
from nnaudio_export.checks import one_of, whole_number
from nnaudio_export.fast.multirate.multirate_adjoint import MultiratePair
from nnaudio_export.fast.multirate.rate_choice import cheapest_pair
from nnaudio_export.kernels.windows import Window
from nnaudio_export.layers.framing import fewest_frames, shortest_audio
from nnaudio_export.layers.wavelet_plan import (
    NORMALIZATIONS,
    WaveletLayer,
    plan_wavelets,
    wavelet_kernels,
)


class ICQT(WaveletLayer):
    """Inverse constant-Q transform, by conjugate gradients on the frame operator.

    Finds the audio whose :class:`CQT1992v2` in its Complex format is nearest to the given one,
    every bin weighted so that the bins together pass all frequencies alike. That, and the mirrored
    ends taken into account, makes a few iterations enough. Their number is fixed, so that an
    exported graph is a straight line.

    What the bins do not reach, below ``fmin`` or above the highest bin, stays silent. A bin whose
    wavelet is shorter than two hops leaves gaps between its frames: up to
    :attr:`highest_invertible` Hz there are none.

    The arguments must be those of the forward transform.

    Args:
        hop_length: samples from one frame to the next.
        n_bins: number of bins.
        center: the forward transform was centred.
        pad_mode: its padding, ``"reflect"`` or ``"constant"``.
        n_iter: number of iterations.
        normalization_type: of the forward transform.
        length: samples of the output; None for ``(frames - 1) * hop_length`` with ``center``.

    Shape:
        - Input: ``(batch, n_bins, frames, 2)``, real and imaginary parts on the last axis; at
          least :attr:`min_frames` frames.
        - Output: ``(batch, samples)``.

    Raises:
        ValueError: an argument is out of its range, or the spectrogram does not fit.

    Warns:
        UserWarning: the hop is too large for the highest bins.

    Reference:
        G. A. Velasco et al., "Constructing an invertible constant-Q transform with nonstationary
        Gabor frames", DAFx 2011; K. Gröchenig, "Acceleration of the frame algorithm", IEEE Trans.
        Signal Processing 41(12), 1993.

    Example:
        >>> from nnaudio_export import CQT1992v2
        >>> scale = {"sr": 8000, "hop_length": 32, "fmin": 220, "n_bins": 36}
        >>> tone = torch.sin(2 * torch.pi * 660 * torch.arange(8000) / 8000)[None]
        >>> audio = ICQT(**scale)(CQT1992v2(output_format="Complex", **scale)(tone))
        >>> bool((audio - tone)[:, 1000:-1000].abs().max() < 1e-3)
        True
    """

    def __init__(
        self,
        sr: float = 22050,
        hop_length: int = 512,
        fmin: float = 32.70,
        fmax: float | None = None,
        n_bins: int | None = 84,
        bins_per_octave: int = 12,
        filter_scale: float = 1,
        norm: float | None = 1,
        window: Window = "hann",
        center: bool = True,
        pad_mode: str = "reflect",
        n_iter: int = 8,
        verbose: bool = True,
        *,
        normalization_type: str = "librosa",
        length: int | None = None,
    ) -> None:
        super().__init__(locals())
        plan = plan_wavelets(self.config)
        one_of("pad_mode", pad_mode, PAD_MODES)
        one_of("normalization_type", normalization_type, NORMALIZATIONS)
        n_iter = whole_number("n_iter", n_iter)
        self.sr = plan.sr
        self.hop_length = whole_number("hop_length", hop_length)
        self.n_bins = len(plan.frequencies)
        self.center = center
        self.amount = plan.width // 2
        self.frame_offset = 0 if center else self.amount
        self.min_frames = fewest_frames(
            shortest_audio(plan.width, center=center, pad_mode=pad_mode),
            frame_length=plan.width,
            hop_length=self.hop_length,
            trimmed=2 * self.amount if center else 0,
        )
        dense = plan.frequencies[plan.lengths >= 2 * self.hop_length]
        self.highest_invertible = float(dense[-1]) if dense.size else 0.0
        if dense.size < self.n_bins:
            warnings.warn(
                f"hop_length={hop_length}: too large to invert the highest "
                f"{self.n_bins - dense.size} of {self.n_bins} bins, whose wavelets are shorter "
                f"than two hops; inverts up to {self.highest_invertible:.0f} Hz, and all with "
                f"hop_length={int(plan.lengths[-1] / 2)}",
                stacklevel=2,
            )

        kernels = wavelet_kernels(plan)
        sums = np.abs(kernels).sum(axis=1)
        gains = {"librosa": np.sqrt(plan.lengths), "convolutional": 1.0, "wrap": 2.0}
        self.cqt = SpectrogramInput(self.n_bins, self.min_frames)
        # Wavelets of unit sum: each bin then passes its own frequency with gain 1.
        self.gain = BinGain(np.ones(self.n_bins) / (gains[normalization_type] * sums))
        self.bank: FilterBank | MultiratePair = filter_bank(
            kernels / sums[:, None], hop_length=self.hop_length, trainable=False
        )
        self.pad = centre_pad(self.amount, pad_mode, center=center)
        self.fold: nn.Module = nn.Identity()
        if center:
            reflects = pad_mode == "reflect"
            fold = ReflectPadAdjoint(self.amount) if reflects else Trim(self.amount, self.amount)
            self.fold = fold
        # One module for each iteration: a list of modules is unrolled in every graph.
        self.steps = nn.ModuleList(ConjugateStep() for _ in range(n_iter))
        self.extra = 0
        self.crop: nn.Module = nn.Identity()
        if length is not None:
            self.extra = self._beyond_last_frame(whole_number("length", length))
            self.crop = Crop(0, length)
        self.created(verbose)

    def forward(self, cqt: Tensor) -> Tensor:
        """Complex spectrogram ``(batch, n_bins, frames, 2)`` → audio ``(batch, samples)``."""
        return self.crop(self.solved(self.gain(self.cqt(cqt)), self.extra))

    def solved(self, spectrum: Tensor, extra: int) -> Tensor:
        """The audio, with ``extra`` samples behind the centre of the last frame."""
        residual = self.back(spectrum, extra)
        solution = torch.zeros_like(residual)
        direction = residual
        for step in self.steps:
            image = self.back(self.bank(self.pad(direction)), extra)
            solution, residual, direction = step(solution, residual, direction, image)
        return solution.squeeze(1)

    def back(self, spectrum: Tensor, extra: int) -> Tensor:
        """The transpose of padding and filter bank."""
        return self.fold(functional.pad(self.bank.adjoint(spectrum), [0, extra]))

    def __call__(self, cqt: Tensor, length: int | None = None) -> Any:
        """As :meth:`forward`; in eager mode it takes the length of the audio.

        Args:
            cqt: ``(batch, n_bins, frames, 2)``.
            length: samples of the audio that was transformed; None for the constructor's. The
                mirrored end is then taken into account exactly where it was.
        """
        if length is None:
            return super().__call__(cqt)
        extra = self._beyond_last_frame(whole_number("length", length))
        audio = self.solved(self.gain(self.cqt(cqt)), extra)
        return Crop(0, length)(audio)

    def lowered(self, tolerance: float) -> nn.Module:
        assert isinstance(self.bank, FilterBank)
        pair = cheapest_pair(self.bank.kernel, self.hop_length, tolerance)
        if pair is None:
            return self
        fast = copy.deepcopy(self)
        fast.bank = pair
        return fast

    def _beyond_last_frame(self, length: int) -> int:
        return length % self.hop_length if self.center else 0

    def describe(self) -> LayerSpec:
        return LayerSpec(
            layer="ICQT",
            config=self.config,
            sample_rate=round(self.sr),
            hop_length=self.hop_length,
            frame_offset=self.frame_offset,
            min_length=self.min_frames,
            input_name="cqt",
            input_axes=("batch", self.n_bins, "frames", 2),
            output_name="audio",
            output_axes=("batch", "samples"),
            needs_whole_signal=(
                "its iterations go over the whole signal: give it segments of some seconds, or "
                "stream STFT and ISTFT"
            ),
        )
