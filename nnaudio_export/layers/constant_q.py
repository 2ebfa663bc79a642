"""What the layers of the constant-Q family share: arguments, normalisation, chain, description."""

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from nnaudio_contract import LayerSpec
from numpy.typing import NDArray
from torch import Tensor, nn

from nnaudio_export.blocks.bin_gain import BinGain
from nnaudio_export.blocks.heads import OUTPUT_FORMATS
from nnaudio_export.blocks.inputs import AudioInput
from nnaudio_export.blocks.padding import PAD_MODES, CentrePad
from nnaudio_export.checks import number, one_of, whole_number
from nnaudio_export.kernels.wavelets import (
    constant_q_frequencies,
    kernel_width,
    relative_bandwidth,
    wavelet_lengths,
)
from nnaudio_export.kernels.windows import Window, centred_window
from nnaudio_export.layers.layer import Layer, check_sample_rate, shortest_audio
from nnaudio_export.layers.outputs import describe_spectrum

NORMALIZATIONS = ("librosa", "convolutional", "wrap")


@dataclass(frozen=True)
class WaveletPlan:
    """The wavelets of a layer, from checked arguments.

    Attributes:
        sr: sampling rate in Hz.
        bins_per_octave: resolution.
        frequencies: centre frequencies in Hz, ``(bins,)``.
        lengths: of the wavelets in samples, fractional, ``(bins,)``.
        bandwidth: over centre frequency, of the highest bin.
        window: of the wavelets.
        norm: the p-norm of the wavelets that becomes 1; None for none.
        width: samples of the longest wavelet, even; time 0 is its sample ``width // 2``.
    """

    sr: float
    bins_per_octave: int
    frequencies: NDArray[np.float64]
    lengths: NDArray[np.float64]
    bandwidth: float
    window: Window
    norm: float | None
    width: int


def plan_wavelets(
    *,
    sr: object,
    fmin: object,
    fmax: object | None,
    n_bins: object | None,
    bins_per_octave: object,
    filter_scale: object,
    gamma: object | None,
    window: Window,
    norm: object,
    norm_name: str = "norm",
) -> WaveletPlan:
    """Checks the arguments of a constant-Q transform and works out its wavelets.

    Raises:
        ValueError: an argument is out of its range, or the highest bin is above ``sr / 2``.
    """
    rate = check_sample_rate(sr)
    resolution = whole_number("bins_per_octave", bins_per_octave)
    scale = number("filter_scale", filter_scale, above=0)
    lowest = number("fmin", fmin, above=0)
    offset = None if gamma is None else number("gamma", gamma, minimum=0)
    if lowest > rate / 2:
        raise ValueError(f"fmin={fmin!r}: must be at most {rate / 2:g} Hz, half of sr={sr!r}")
    bins = _bin_count(n_bins, lowest, fmax, resolution)
    # The small amount is for an fmin that is itself computed as sr / 2 ** (k / n).
    most = 1 + math.floor(resolution * math.log2(rate / 2 / lowest) + 1e-9)
    if bins > most:
        what = (
            f"n_bins={n_bins!r}" if fmax is None else f"fmax={fmax!r}, which asks for {bins} bins"
        )
        top = lowest * 2 ** ((bins - 1) / resolution)
        raise ValueError(
            f"{what}: the highest bin, {top:.0f} Hz, is above half of sr={sr!r}; with fmin={fmin!r}"
            f" and bins_per_octave={resolution}, n_bins must be at most {most}"
        )
    frequencies = constant_q_frequencies(fmin=lowest, n_bins=bins, bins_per_octave=resolution)
    lengths = wavelet_lengths(
        frequencies=frequencies,
        sr=rate,
        bins_per_octave=resolution,
        filter_scale=scale,
        gamma=offset,
    )
    centred_window(window=window, win_length=8, n_fft=8)  # refuses what SciPy does not know
    # The main lobe of a Hann window of L samples ends 2 / L from its centre.
    past = int((frequencies + 2 * rate / lengths > rate / 2 * (1 + 1e-9)).sum())
    if past:
        warnings.warn(
            f"the {past} highest bins of n_bins={bins} reach past {rate / 2:g} Hz, half of "
            f"sr={sr!r}, and hear it mirrored; n_bins={bins - past} would not",
            stacklevel=4,
        )
    return WaveletPlan(
        sr=rate,
        bins_per_octave=resolution,
        frequencies=frequencies,
        lengths=lengths,
        bandwidth=relative_bandwidth(bins_per_octave=resolution) / scale,
        window=window,
        norm=_norm(norm_name, norm),
        width=kernel_width(lengths),
    )


def _bin_count(n_bins: object | None, fmin: float, fmax: object | None, resolution: int) -> int:
    if fmax is None:
        return whole_number("n_bins", n_bins)
    highest = number("fmax", fmax, above=0)
    if highest <= fmin:
        raise ValueError(f"fmax={fmax!r}: must be above fmin={fmin!r}")
    # The small amount takes back the rounding of an fmax that is itself fmin * 2 ** (k / n).
    return math.ceil(resolution * math.log2(highest / fmin) - 1e-9)


def _norm(name: str, norm: object) -> float | None:
    if norm is None or norm == 0:
        return None
    if norm == math.inf:
        return math.inf
    return number(name, float(norm) if isinstance(norm, bool) else norm, above=0)


class ConstantQ(Layer):
    """Base of the layers: pad → bank → gain → head; a layer brings its bank.

    Attributes:
        sr: sampling rate in Hz.
        hop_length: samples from frame to frame.
        n_bins: number of bins.
        frequencies: centre frequencies in Hz, float64 ``(n_bins,)``.
        lengths: of the wavelets in samples, fractional, float64 ``(n_bins,)``.
        kernel_width: samples that the longest wavelet takes, even.
        min_samples: shortest audio.
        frame_offset: sample at the centre of frame 0.
    """

    # A layer that came from nnAudio has others.
    heads = OUTPUT_FORMATS

    def __init__(
        self,
        arguments: Mapping[str, object],
        plan: WaveletPlan,
        *,
        hop_length: object,
        center: bool,
        pad_mode: str,
        output_format: str,
        normalization_type: str,
    ) -> None:
        super().__init__(arguments)
        one_of("pad_mode", pad_mode, PAD_MODES)
        one_of("output_format", output_format, self.heads)
        one_of("normalization_type", normalization_type, NORMALIZATIONS)
        self.sr = plan.sr
        self.hop_length = whole_number("hop_length", hop_length)
        self.n_bins = len(plan.frequencies)
        self.bins_per_octave = plan.bins_per_octave
        self.frequencies = plan.frequencies
        self.lengths = plan.lengths
        self.kernel_width = plan.width
        self.center = center
        self.output_format = output_format
        self.min_samples = shortest_audio(plan.width, center=center, pad_mode=pad_mode)
        self.frame_offset = 0 if center else plan.width // 2

        self.audio = AudioInput(self.min_samples)
        self.pad = CentrePad(plan.width // 2, pad_mode) if center else nn.Identity()
        self.bank: nn.Module = nn.Identity()  # the layer's own
        self.gain = BinGain(self._gains(normalization_type))
        self.head = self.heads[output_format]()

    def _gains(self, normalization_type: str) -> NDArray[np.float64]:
        """What each bin is multiplied by."""
        one_of("normalization_type", normalization_type, NORMALIZATIONS)
        if normalization_type == "librosa":
            return np.asarray(np.sqrt(self.lengths))
        return np.full(self.n_bins, 2.0 if normalization_type == "wrap" else 1.0)

    def forward(self, audio: Tensor) -> Tensor:
        """Audio ``(batch, samples)`` → ``(batch, n_bins, frames[, 2])``."""
        return self.head(self.gain(self.bank(self.pad(self.audio(audio)))))

    def chain(self) -> list[nn.Module]:
        return [self.audio, self.pad, self.bank, self.gain, self.head]

    def __call__(
        self,
        audio: Tensor,
        output_format: str | None = None,
        normalization_type: str | None = None,
    ) -> Any:
        """As :meth:`forward`; in eager mode the arguments replace the constructor's."""
        if output_format is None and normalization_type is None:
            return super().__call__(audio)
        head, gain = self.head, self.gain
        if output_format is not None:
            one_of("output_format", output_format, self.heads)
            head = self.heads[output_format]()
        if normalization_type is not None:
            gain = BinGain(self._gains(normalization_type)).to(self.gain.gain)
        return head(gain(self.bank(self.pad(self.audio(audio)))))

    def describe(self) -> LayerSpec:
        return describe_spectrum(self, "cqt")
