"""nnAudio's module of this name."""

from nnaudio_export.layers.istft import ISTFT as iSTFT  # noqa: N811 - nnAudio's name
from nnaudio_export.layers.stft import STFT

__all__ = ["STFT", "iSTFT"]
