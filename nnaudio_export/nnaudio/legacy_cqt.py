"""A constant-Q layer that computes what nnAudio's does, whatever that is."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from nnaudio_contract import LayerSpec
from torch import Tensor, nn

from nnaudio_export.blocks.bin_gain import BinGain
from nnaudio_export.blocks.inputs import AudioInput
from nnaudio_export.checks import one_of
from nnaudio_export.layers.layer import Layer
from nnaudio_export.layers.spectrum_outputs import describe_spectrum
from nnaudio_export.layers.wavelet_plan import NORMALIZATIONS
from nnaudio_export.nnaudio.legacy_heads import constant_q_heads


class LegacyCQT(Layer):
    """A constant-Q or variable-Q transform with nnAudio's kernels, faults and all.

    :func:`nnaudio_export.from_nnaudio` makes it; there is no reason to make one by hand.

    Args:
        name: nnAudio's class.
        config: nnAudio's arguments, as far as they are known; ``sr``, ``output_format`` and
            ``normalization_type`` are.
        transform: audio ``(batch, 1, samples)`` → spectrum ``(batch, 2 * bins, frames)``, real
            parts first, before normalisation.
        gains: ``normalization_type`` → gains of the bins ``(bins,)``.
        conjugated: output formats whose imaginary parts have the wrong sign.
        trainable: nnAudio's magnitude has 1e-8 under the root.
        min_samples: shortest audio that nnAudio's padding reflects at every rate.
        hop_length: samples from one frame to the next, at the rate of the audio.
        frame_offset: sample at the centre of frame 0.

    Shape:
        - Input: ``(batch, samples)``, ``(samples,)`` or ``(batch, 1, samples)``.
        - Output: ``(batch, bins, frames)``; Complex and CosSin add a last axis of 2.
    """

    def __init__(
        self,
        name: str,
        config: Mapping[str, Any],
        transform: nn.Module,
        *,
        gains: Mapping[str, Tensor],
        conjugated: tuple[str, ...],
        trainable: bool,
        min_samples: int,
        hop_length: int,
        frame_offset: int,
    ) -> None:
        super().__init__({})
        self.config = dict(config)
        self.name = name
        self.heads = constant_q_heads(trainable=trainable)
        one_of("output_format", config["output_format"], self.heads)
        one_of("normalization_type", config["normalization_type"], NORMALIZATIONS)
        # nnAudio's Phase is a cosine and a sine, which has a name of its own here.
        output = config["output_format"]
        self.output_format = "CosSin" if output == "Phase" else output
        self.normalization_type = config["normalization_type"]
        self.sr = float(config["sr"])
        self.hop_length = hop_length
        self.frame_offset = frame_offset
        self.min_samples = min_samples
        self.gains = dict(gains)
        self.conjugated = conjugated

        self.audio = AudioInput(min_samples)
        self.transform = transform
        self.gain = self._gain(self.output_format, self.normalization_type)
        self.head = self.heads[self.output_format]()

    def forward(self, audio: Tensor) -> Tensor:
        """Audio ``(batch, samples)`` → spectrogram ``(batch, bins, frames[, 2])``."""
        return self.head(self.gain(self.transform(self.audio(audio))))

    def chain(self) -> list[nn.Module]:
        # Of one rate; a cascade of octaves is no chain.
        if not isinstance(self.transform, nn.Sequential):
            return []
        pad, bank = self.transform
        banks = [*bank] if isinstance(bank, nn.Sequential) else [bank]
        return [self.audio, pad, *banks, self.gain, self.head]

    def __call__(
        self,
        audio: Tensor,
        output_format: str | None = None,
        normalization_type: str | None = None,
    ) -> Any:
        """As :meth:`forward`; in eager mode the arguments replace those that are built in."""
        if output_format is None and normalization_type is None:
            return super().__call__(audio)
        output = self.output_format if output_format is None else output_format
        kind = self.normalization_type if normalization_type is None else normalization_type
        one_of("output_format", output, self.heads)
        one_of("normalization_type", kind, NORMALIZATIONS)
        gain = self._gain(output, kind).to(self.gain.gain)
        return self.heads[output]()(gain(self.transform(self.audio(audio))))

    def describe(self) -> LayerSpec:
        spec = describe_spectrum(self, "cqt")
        return dataclasses.replace(
            spec,
            layer=f"nnAudio.{self.name}",
            needs_whole_signal=(
                "nnAudio's octaves mirror the end of the signal at every rate: convert the layer "
                "with repair=True"
                if not self.chain()
                else ""
            ),
        )

    def _gain(self, output_format: str, normalization_type: str) -> BinGain:
        gain = BinGain(self.gains[normalization_type].double().numpy())
        if output_format in self.conjugated:
            imaginary = np.repeat([1.0, -1.0], len(gain.gain) // 2)[:, None]
            gain.gain *= gain.gain.new_tensor(imaginary)
        return gain
