"""A constant-Q layer that computes what nnAudio's does, whatever that is."""

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from nnaudio_exporters.spec import LayerSpec
from torch import Tensor, nn

from nnaudio_export.blocks.heads import Complex, CosSin, Magnitude
from nnaudio_export.blocks.inputs import AudioInput
from nnaudio_export.checks import one_of
from nnaudio_export.layers.base import Layer
from nnaudio_export.nnaudio.heads import OffsetMagnitude

NORMALIZATIONS = ("librosa", "convolutional", "wrap")


class Scale(nn.Module):
    """One factor for each row of a spectrum: ``(batch, 2 * bins, frames)`` → the same.

    Args:
        gains: ``(bins,)``.
        conjugate: turn the sign of the imaginary parts.
    """

    factor: Tensor  # (2 * bins, 1)

    def __init__(self, gains: Tensor, *, conjugate: bool) -> None:
        super().__init__()
        sign = -1.0 if conjugate else 1.0
        factor = torch.cat([gains, sign * gains])[:, None]
        self.register_buffer("factor", factor, persistent=False)

    def forward(self, spectrum: Tensor) -> Tensor:
        return spectrum * self.factor


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
        conjugate: ``output_format`` → whether nnAudio turns the imaginary parts.
        trainable: nnAudio's magnitude has 1e-8 under the root.
        min_samples: shortest audio that nnAudio's padding reflects at every rate.
        hop_length: samples from one frame to the next, at the rate of the audio.
        frame_offset: sample at the centre of frame 0.

    Shape:
        - Input: ``(batch, samples)``, ``(samples,)`` or ``(batch, 1, samples)``.
        - Output: ``(batch, bins, frames)``; Complex and Phase (cosine and sine) add an axis of 2.
    """

    heads: ClassVar[Mapping[str, type[nn.Module]]] = {
        "Magnitude": Magnitude,
        "Complex": Complex,
        "Phase": CosSin,
    }

    def __init__(
        self,
        name: str,
        config: Mapping[str, object],
        transform: nn.Module,
        *,
        gains: Mapping[str, Tensor],
        conjugate: Mapping[str, bool],
        trainable: bool,
        min_samples: int,
        hop_length: int,
        frame_offset: int,
    ) -> None:
        super().__init__({})
        self.config = dict(config)
        self.name = name
        self.sr = float(str(config["sr"]))
        self.output_format = str(config["output_format"])
        self.normalization_type = str(config["normalization_type"])
        one_of("output_format", self.output_format, self.heads)
        one_of("normalization_type", self.normalization_type, NORMALIZATIONS)
        self.hop_length = hop_length
        self.frame_offset = frame_offset
        self.min_samples = min_samples
        self.trainable = trainable
        self.conjugate = dict(conjugate)
        self.scales = nn.ModuleDict(
            {
                f"{kind}_{output}": Scale(gains[kind], conjugate=conjugate[output])
                for kind in NORMALIZATIONS
                for output in self.heads
            }
        )
        self.audio = AudioInput(min_samples)
        self.transform = transform
        self.scale = self.scales[f"{self.normalization_type}_{self.output_format}"]
        self.head = self._head(self.output_format)

    def forward(self, audio: Tensor) -> Tensor:
        """Audio ``(batch, samples)`` → spectrogram ``(batch, bins, frames[, 2])``."""
        return self.head(self.scale(self.transform(self.audio(audio))))

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
        scale = self.scales[f"{kind}_{output}"]
        return self._head(output)(scale(self.transform(self.audio(audio))))

    def describe(self) -> LayerSpec:
        pair = self.output_format != "Magnitude"
        names = {"Magnitude": "magnitude", "Complex": "spectrogram", "Phase": "phase_cos_sin"}
        return LayerSpec(
            layer=f"nnAudio.{self.name}",
            config=self.config,
            sample_rate=round(self.sr),
            hop_length=self.hop_length,
            frame_offset=self.frame_offset,
            min_length=self.min_samples,
            output_name=names[self.output_format],
            output_axes=("batch", "bins", "frames", 2) if pair else ("batch", "bins", "frames"),
            weight=self._weight_of_phase if self.output_format == "Phase" else None,
        )

    def _head(self, output_format: str) -> nn.Module:
        if output_format == "Magnitude" and self.trainable:
            return OffsetMagnitude()
        return self.heads[output_format]()

    def _weight_of_phase(self, audio: Tensor) -> Tensor:
        """Magnitude relative to the item's largest; 0 below 1e-4, where the phase is rounding."""
        magnitude: Tensor = self(audio, output_format="Magnitude")
        weight = magnitude / magnitude.amax(dim=(1, 2), keepdim=True).clamp(min=1e-12)
        return weight.masked_fill(weight < 1e-4, 0.0).unsqueeze(-1)
