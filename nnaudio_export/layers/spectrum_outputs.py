"""How a layer with a complex spectrum inside describes what it gives of it."""

from typing import Protocol

from nnaudio_contract import LayerSpec
from torch import Tensor


class SpectrumLayer(Protocol):
    """A layer whose ``output_format`` is one of :data:`nnaudio_export.blocks.heads`."""

    config: dict[str, object]
    sr: float
    hop_length: int
    frame_offset: int
    min_samples: int
    output_format: str

    def __call__(self, audio: Tensor, output_format: str | None = None) -> Tensor: ...


def describe_spectrum(layer: SpectrumLayer, complex_name: str) -> LayerSpec:
    """The description of a layer for its output format.

    Args:
        layer: the layer.
        complex_name: name of the output where it is complex.
    """
    pair = layer.output_format in ("Complex", "CosSin")
    phase = layer.output_format in ("Phase", "CosSin")
    names = {"Complex": complex_name, "CosSin": "phase_cos_sin"}
    return LayerSpec(
        layer=type(layer).__name__,
        config=layer.config,
        sample_rate=round(layer.sr),
        hop_length=layer.hop_length,
        frame_offset=layer.frame_offset,
        min_length=layer.min_samples,
        output_name=names.get(layer.output_format, layer.output_format.lower()),
        output_axes=("batch", "bins", "frames", 2) if pair else ("batch", "bins", "frames"),
        measure="circle" if layer.output_format == "Phase" else "relative",
        weight=(lambda audio: phase_weight(layer, audio)) if phase else None,
    )


def phase_weight(layer: SpectrumLayer, audio: Tensor) -> Tensor:
    """Magnitude relative to the item's largest; 0 below 1e-4, where the phase is rounding."""
    magnitude = layer(audio, output_format="Magnitude")
    weight = magnitude / magnitude.amax(dim=(1, 2), keepdim=True).clamp(min=1e-12)
    weight = weight.masked_fill(weight < 1e-4, 0.0)
    return weight.unsqueeze(-1) if layer.output_format == "CosSin" else weight
