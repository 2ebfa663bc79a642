"""The mel spectrogram."""

import warnings
from typing import Any

import numpy as np
from nnaudio_contract import LayerSpec
from torch import Tensor, nn

from nnaudio_export.blocks.projection import Projection
from nnaudio_export.checks import one_of, whole_number
from nnaudio_export.kernels.mel_filters import mel_filters
from nnaudio_export.kernels.windows import Window
from nnaudio_export.layers.filtered_spectrogram import FilteredSpectrogram


class MelSpectrogram(FilteredSpectrogram):
    """Mel spectrogram, with fixed or learned filters.

    Args:
        n_mels: number of mel filters.
        htk: the HTK mel scale instead of Slaney's.
        norm: 1 or ``"slaney"`` for filters of unit area, None for unit peak.
        trainable_mel: make the filters a parameter.

    Shape:
        - Input: ``(batch, samples)``, ``(samples,)`` or ``(batch, 1, samples)``, in -1 ... 1.
        - Output: ``(batch, n_mels, frames)``.

    Warns:
        UserWarning: filters are so narrow that no Fourier bin falls into them.

    Reference:
        Definition of librosa 0.11 ``feature.melspectrogram``; arguments of nnAudio.

    Example:
        >>> import torch
        >>> mel = MelSpectrogram(sr=16000, n_fft=512, hop_length=160, n_mels=40)
        >>> mel(torch.zeros(2, 16000)).shape
        torch.Size([2, 40, 101])
    """

    def __init__(
        self,
        sr: float = 22050,
        n_fft: int = 2048,
        win_length: int | None = None,
        n_mels: int = 128,
        hop_length: int = 512,
        window: Window = "hann",
        center: bool = True,
        pad_mode: str = "reflect",
        power: float = 2.0,
        htk: bool = False,
        fmin: float = 0.0,
        fmax: float | None = None,
        norm: int | str | None = 1,
        trainable_mel: bool = False,
        trainable_STFT: bool = False,  # noqa: N803 - nnAudio's name
        verbose: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(locals())
        one_of("norm", norm, (1, "slaney", None))
        n_mels = whole_number("n_mels", n_mels)
        filters = mel_filters(
            sr=sr,
            n_fft=n_fft,
            n_mels=n_mels,
            fmin=self.fmin,
            fmax=self.fmax,
            htk=htk,
            slaney_norm=norm is not None,
        )
        filters = filters[:, : self.stft.freq_bins]
        empty = np.flatnonzero(filters.max(axis=1) == 0)
        if empty.size:
            warnings.warn(
                f"mel filters {', '.join(map(str, empty))} of n_mels={n_mels} are empty: no bin "
                f"of n_fft={n_fft} falls into them; take fewer n_mels or a larger n_fft",
                stacklevel=2,
            )
        self.mel = Projection(filters, trainable=trainable_mel)
        self.created(verbose)

    def forward(self, audio: Tensor) -> Tensor:
        """Audio ``(batch, samples)`` → mel spectrogram ``(batch, n_mels, frames)``."""
        return self.mel(self.stft(audio))

    def chain(self) -> list[nn.Module]:
        return [*self.stft.chain(), self.mel]

    def describe(self) -> LayerSpec:
        return self.describe_bands("mel", "mels")
