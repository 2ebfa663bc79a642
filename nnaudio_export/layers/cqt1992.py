"""The constant-Q transform with kernels in the frequency domain."""

from nnaudio_export.blocks.spectral_bank import SpectralBank
from nnaudio_export.kernels.windows import Window
from nnaudio_export.layers.constant_q import ConstantQ
from nnaudio_export.layers.wavelet_plan import wavelet_kernels


class CQT1992(ConstantQ):
    """Constant-Q transform through a Fourier transform and spectral kernels.

    What :class:`CQT1992v2` computes, in two steps that can be trained one by one: a Fourier
    transform as long as the longest wavelet, and a matrix. Low bins make both large: from 32.7 Hz
    up, at 22050 Hz, the Fourier kernels take 540 MB, where CQT1992v2 takes 8.

    Args:
        n_bins: number of bins; the highest must be at most at ``sr / 2`` (nnAudio's default, 84,
            is beyond it).
        trainable_STFT: make the Fourier kernels parameters.
        trainable_CQT: make the spectral kernels parameters.

    Reference:
        J. Brown and M. Puckette, "An efficient algorithm for the calculation of a constant Q
        transform", J. Acoust. Soc. Am. 92(5), 1992; wavelets of librosa 0.11 ``filters.wavelet``.

    Example:
        >>> import torch
        >>> cqt = CQT1992(sr=16000, n_bins=36)
        >>> cqt(torch.zeros(1, 16000)).shape
        torch.Size([1, 36, 32])
    """

    def __init__(
        self,
        sr: float = 22050,
        hop_length: int = 512,
        fmin: float = 220,
        fmax: float | None = None,
        n_bins: int | None = 60,
        trainable_STFT: bool = False,  # noqa: N803 - nnAudio's name
        trainable_CQT: bool = False,  # noqa: N803 - nnAudio's name
        bins_per_octave: int = 12,
        filter_scale: float = 1,
        output_format: str = "Magnitude",
        norm: float | None = 1,
        window: Window = "hann",
        center: bool = True,
        pad_mode: str = "reflect",
        *,
        verbose: bool = True,
        normalization_type: str = "librosa",
    ) -> None:
        super().__init__(locals())
        self.bank = SpectralBank(
            wavelet_kernels(self.plan),
            hop_length=self.hop_length,
            trainable_fourier=trainable_STFT,
            trainable_spectral=trainable_CQT,
        )
        self.created(verbose)
