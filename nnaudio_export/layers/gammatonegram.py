"""The gammatone spectrogram."""

from typing import Any

from nnaudio_contract import LayerSpec
from torch import Tensor, nn

from nnaudio_export.blocks.projection import Projection
from nnaudio_export.checks import whole_number
from nnaudio_export.kernels.gammatone_filters import gammatone_filters
from nnaudio_export.kernels.windows import Window
from nnaudio_export.layers.filtered_spectrogram import FilteredSpectrogram


class Gammatonegram(FilteredSpectrogram):
    """Spectrogram through gammatone filters, which have the shapes of the ear's, fixed or learned.

    The filters weigh the bins of an STFT with the magnitude responses of Slaney's fourth-order
    gammatone filters, of gain ``1 / n_fft`` at their centres.

    Args:
        n_bins: number of filters.
        htk: without effect, no mel scale is involved; nnAudio has it.
        fmin: centre frequency of the first filter, Hz, at least 0.
        fmax: Hz, at most ``sr / 2``; the centres go up to (not including) it. None for ``sr / 2``.
        norm: without effect, the gain at the centre is always ``1 / n_fft``; nnAudio has it.
        trainable_bins: make the filters a parameter.

    Shape:
        - Input: ``(batch, samples)``, ``(samples,)`` or ``(batch, 1, samples)``, in -1 ... 1.
        - Output: ``(batch, n_bins, frames)``.

    Reference:
        M. Slaney, "An efficient implementation of the Patterson-Holdsworth auditory filter bank",
        Apple Computer Technical Report 35, 1993; D. Ellis, "Gammatone-like spectrograms", 2009;
        arguments of nnAudio.

    Example:
        >>> import torch
        >>> gammatone = Gammatonegram(sr=16000, n_fft=512, hop_length=160, n_bins=40)
        >>> gammatone(torch.zeros(2, 16000)).shape
        torch.Size([2, 40, 101])
    """

    def __init__(
        self,
        sr: float = 22050,
        n_fft: int = 2048,
        win_length: int | None = None,
        n_bins: int = 64,
        hop_length: int = 512,
        window: Window = "hann",
        center: bool = True,
        pad_mode: str = "reflect",
        power: float = 2.0,
        htk: bool = False,
        fmin: float = 0.0,
        fmax: float | None = None,
        norm: int | str | None = 1,
        trainable_bins: bool = False,
        trainable_STFT: bool = False,  # noqa: N803 - nnAudio's name
        verbose: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(locals())
        filters = gammatone_filters(
            sr=sr,
            n_fft=n_fft,
            n_bins=whole_number("n_bins", n_bins),
            fmin=self.fmin,
            fmax=self.fmax,
        )
        self.gammatone = Projection(filters[:, : self.stft.freq_bins], trainable=trainable_bins)
        self.created(verbose)

    def forward(self, audio: Tensor) -> Tensor:
        """Audio ``(batch, samples)`` → gammatonegram ``(batch, n_bins, frames)``."""
        return self.gammatone(self.stft(audio))

    def chain(self) -> list[nn.Module]:
        return [*self.stft.chain(), self.gammatone]

    def describe(self) -> LayerSpec:
        return self.describe_bands("gammatonegram", "bins")
