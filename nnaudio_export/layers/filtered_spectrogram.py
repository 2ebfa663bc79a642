"""What mel and gammatone spectrograms share: everything but their filters."""

from collections.abc import Mapping
from typing import Any

from nnaudio_contract import LayerSpec
from torch import nn

from nnaudio_export.blocks.heads import power_head
from nnaudio_export.blocks.projection import Projection
from nnaudio_export.checks import frequency_range, number, one_of
from nnaudio_export.kernels.windows import Window
from nnaudio_export.layers.layer import Layer, check_sample_rate
from nnaudio_export.layers.stft import STFT


class FilteredSpectrogram(Layer):
    """Base of the layers: magnitude to a power → filters over its bins; a layer brings its filters.

    Args:
        arguments: the layer's, for :class:`Layer`.
        fmin: Hz, from 0.
        fmax: Hz, at most ``sr / 2``; None for that.
        power: exponent of the magnitude, above 0.
        sr: sampling rate in Hz.
        **frames: further arguments of :class:`STFT`; ``freq_scale`` must be ``"no"``.

    Attributes:
        stft: magnitude to the power, ``(batch, freq_bins, frames)``.
        fmin: Hz.
        fmax: Hz.
    """

    def __init__(
        self,
        arguments: Mapping[str, object],
        *,
        sr: float,
        fmin: float,
        fmax: float | None,
        power: float,
        window: Window,
        **frames: Any,
    ) -> None:
        super().__init__(arguments)
        check_sample_rate(sr)
        self.fmin, self.fmax = frequency_range(sr, fmin, sr / 2 if fmax is None else fmax)
        one_of("freq_scale", frames.get("freq_scale", "no"), ("no",))
        self.stft = STFT(sr=sr, window=window, output_format="Magnitude", verbose=False, **frames)
        self.stft.head = power_head(number("power", power, above=0))

    def filters(self) -> Projection:
        """The layer's filters."""
        raise NotImplementedError

    def chain(self) -> list[nn.Module]:
        return [*self.stft.chain(), self.filters()]

    def describe_bands(self, output_name: str, bands: str) -> LayerSpec:
        """The description, with the names of the output and of its axis of bands."""
        return LayerSpec(
            layer=type(self).__name__,
            config=self.config,
            sample_rate=round(self.stft.sr),
            hop_length=self.stft.hop_length,
            frame_offset=self.stft.frame_offset,
            min_length=self.stft.min_samples,
            output_name=output_name,
            output_axes=("batch", bands, "frames"),
        )
