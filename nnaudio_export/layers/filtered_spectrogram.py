"""What mel and gammatone spectrograms share: everything but their filters."""

from collections.abc import Mapping
from typing import Any

from nnaudio_contract import LayerSpec

from nnaudio_export.blocks.heads import power_head
from nnaudio_export.checks import frequency_range, number, one_of
from nnaudio_export.layers.framing import Framed
from nnaudio_export.layers.layer import check_sample_rate
from nnaudio_export.layers.stft import STFT

# Arguments of these layers that are the STFT's own.
_OF_STFT = ("sr", "n_fft", "win_length", "hop_length", "window", "center", "pad_mode")


class FilteredSpectrogram(Framed):
    """Base of the layers: magnitude to a power → filters over its bins; a layer brings its filters.

    Args:
        n_fft: samples of a frame.
        hop_length: samples from one frame to the next.
        power: exponent of the magnitude, above 0: 2 for power, 1 for magnitude.
        fmin: lower edge of the first filter, Hz.
        fmax: upper edge of the last filter, Hz; None for ``sr / 2``.
        trainable_STFT: make the Fourier kernels a parameter.
        **kwargs: further arguments of :class:`STFT`, e.g. ``iSTFT``; ``freq_scale`` must be
            ``"no"``, the filters are defined over uniform bins.

    Attributes:
        stft: magnitude to the power, ``(batch, freq_bins, frames)``.
        fmin: Hz.
        fmax: Hz.
    """

    def __init__(self, arguments: Mapping[str, object]) -> None:
        super().__init__(arguments)
        given: dict[str, Any] = dict(self.config)
        sr = check_sample_rate(given["sr"])
        fmin, fmax = given["fmin"], given["fmax"]
        self.fmin, self.fmax = frequency_range(given["sr"], fmin, sr / 2 if fmax is None else fmax)
        one_of("freq_scale", given.get("freq_scale", "no"), ("no",))
        frames = {name: given[name] for name in _OF_STFT}
        further = dict(arguments.get("kwargs", {}))  # type: ignore[call-overload]
        self.stft = STFT(
            **{**frames, **further},
            trainable=given["trainable_STFT"],
            output_format="Magnitude",
            verbose=False,
        )
        self.stft.head = power_head(number("power", given["power"], above=0))

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
