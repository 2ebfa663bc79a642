"""The constant-Q transform with time-domain kernels."""

from nnaudio_export.blocks.long_filter_bank import filter_bank
from nnaudio_export.kernels.windows import Window
from nnaudio_export.layers.constant_q import ConstantQ
from nnaudio_export.layers.wavelet_plan import wavelet_kernels


class CQT1992v2(ConstantQ):
    """Constant-Q transform with fixed or learned kernels in the time domain, at the full rate.

    The exact form: every bin is the correlation of the audio with librosa's wavelet. Also named
    :class:`CQT`. Its kernels are as long as the lowest bin asks for: :class:`CQT2010v2` needs far
    fewer multiplications.

    Reference:
        Wavelets of librosa 0.11 ``filters.wavelet``; J. Brown, "Calculation of a constant Q
        spectral transform", J. Acoust. Soc. Am. 89(1), 1991; arguments of nnAudio (K. W. Cheuk et
        al., IEEE Access 8, 2020, doi:10.1109/ACCESS.2020.3019084).

    Example:
        >>> import torch
        >>> cqt = CQT1992v2(sr=16000, fmin=110, n_bins=48, normalization_type="wrap")
        >>> tone = torch.sin(2 * torch.pi * 440 * torch.arange(16000) / 16000)
        >>> magnitude = cqt(tone)
        >>> magnitude.shape
        torch.Size([1, 48, 32])
        >>> int(magnitude[0, :, 16].argmax()), round(float(magnitude[0, 24, 16]), 3)
        (24, 1.0)
    """

    def __init__(
        self,
        sr: float = 22050,
        hop_length: int = 512,
        fmin: float = 32.70,
        fmax: float | None = None,
        n_bins: int | None = 84,
        bins_per_octave: int = 12,
        filter_scale: float = 1,
        norm: float | None = 1,
        window: Window = "hann",
        center: bool = True,
        pad_mode: str = "reflect",
        trainable: bool = False,
        output_format: str = "Magnitude",
        verbose: bool = True,
        *,
        normalization_type: str = "librosa",
    ) -> None:
        super().__init__(locals())
        self.bank = filter_bank(
            wavelet_kernels(self.plan), hop_length=self.hop_length, trainable=trainable
        )
        self.created(verbose)


class CQT(CQT1992v2):
    """Constant-Q transform; another name of :class:`CQT1992v2`, which documents it."""
