"""What the layers of the constant-Q family share: normalisation, chain, description."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from nnaudio_contract import LayerSpec
from numpy.typing import NDArray
from torch import Tensor, nn

from nnaudio_export.blocks.bin_gain import BinGain
from nnaudio_export.blocks.heads import OUTPUT_FORMATS
from nnaudio_export.blocks.inputs import AudioInput
from nnaudio_export.blocks.padding import PAD_MODES, centre_pad
from nnaudio_export.checks import one_of, whole_number
from nnaudio_export.layers.framing import shortest_audio
from nnaudio_export.layers.spectrum_outputs import describe_spectrum
from nnaudio_export.layers.wavelet_plan import NORMALIZATIONS, WaveletLayer, plan_wavelets


class ConstantQ(WaveletLayer):
    """Base of the layers: pad → bank → gain → head; a layer brings its bank.

    Args:
        trainable: make the kernels parameters.
        output_format: ``"Magnitude"``, ``"Complex"``, ``"Phase"`` (radians) or ``"CosSin"`` (the
            phase as cosine and sine, which stays on a GPU in ONNX Runtime).
        basis_norm: p-norm of every wavelet, 1, 2, or any above 0; None (or 0) leaves the window as
            it is.

    Attributes:
        sr: sampling rate in Hz.
        hop_length: samples from frame to frame.
        n_bins: number of bins.
        frequencies: centre frequencies in Hz, float64 ``(n_bins,)``.
        lengths: of the wavelets in samples, fractional, float64 ``(n_bins,)``.
        kernel_width: samples that the longest wavelet takes, even.
        min_samples: shortest audio.
        frame_offset: sample at the centre of frame 0.

    Shape:
        - Input: ``(batch, samples)``, ``(samples,)`` or ``(batch, 1, samples)``, in -1 ... 1, at
          least :attr:`min_samples` samples.
        - Output: ``(batch, n_bins, frames)``; Complex and CosSin add a last axis of 2. There are
          ``1 + samples // hop_length`` frames with ``center``, else
          ``1 + (samples - kernel_width) // hop_length``.
    """

    # A layer that came from nnAudio has others.
    heads = OUTPUT_FORMATS

    def __init__(self, arguments: Mapping[str, object]) -> None:
        super().__init__(arguments)
        plan = self.plan = plan_wavelets(self.config)
        center, pad_mode = bool(self.config["center"]), str(self.config["pad_mode"])
        output_format = str(self.config["output_format"])
        normalization_type = str(self.config["normalization_type"])
        one_of("pad_mode", pad_mode, PAD_MODES)
        one_of("output_format", output_format, self.heads)
        one_of("normalization_type", normalization_type, NORMALIZATIONS)
        self.sr = plan.sr
        self.hop_length = whole_number("hop_length", self.config["hop_length"])
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
        self.pad = centre_pad(plan.width // 2, pad_mode, center=center)
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
