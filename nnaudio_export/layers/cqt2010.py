"""The constant-Q transform by octaves, with kernels in the frequency domain."""

from nnaudio_export.blocks.octave_bank import SpectralOctaveBank
from nnaudio_export.kernels.windows import Window
from nnaudio_export.layers.constant_q import ConstantQ
from nnaudio_export.layers.octave_plan import plan_octaves


class CQT2010(ConstantQ):
    """Constant-Q transform by octaves, through a Fourier transform and spectral kernels.

    What :class:`CQT2010v2` computes, in two steps that can be trained one by one: a Fourier
    transform as long as the wavelets of the highest octave, and a matrix.

    Args:
        hop_length: samples from one frame to the next; any number, but the more often it can be
            halved, the less there is to compute.
        norm: without effect; nnAudio has it.
        window: a window that :func:`scipy.signal.get_window` knows and whose shape does not depend
            on its length, e.g. ``"hann"``.
        trainable_STFT: make the Fourier kernels, which all octaves share, a parameter.
        trainable_CQT: make the spectral kernels, which all octaves share, a parameter.
        earlydownsample: where the highest bin leaves room, halve the rate before its octave too.

    Reference:
        C. Schörkhuber and A. Klapuri, "Constant-Q transform toolbox for music processing", 7th
        Sound and Music Computing Conference, 2010; wavelets of librosa 0.11 ``filters.wavelet``.

    Example:
        >>> import torch
        >>> CQT2010()(torch.zeros(1, 22050)).shape
        torch.Size([1, 84, 44])
    """

    def __init__(
        self,
        sr: float = 22050,
        hop_length: int = 512,
        fmin: float = 32.70,
        fmax: float | None = None,
        n_bins: int | None = 84,
        bins_per_octave: int = 12,
        norm: bool = True,
        basis_norm: float | None = 1,
        window: Window = "hann",
        pad_mode: str = "reflect",
        trainable_STFT: bool = False,  # noqa: N803 - nnAudio's name
        filter_scale: float = 1,
        trainable_CQT: bool = False,  # noqa: N803 - nnAudio's name
        output_format: str = "Magnitude",
        earlydownsample: bool = True,
        verbose: bool = True,
        *,
        center: bool = True,
        normalization_type: str = "librosa",
    ) -> None:
        super().__init__(locals())
        kernels, decimation = plan_octaves(
            self.plan, hop_length=self.hop_length, early_downsampling=earlydownsample
        )
        self.bank = SpectralOctaveBank(
            kernels,
            decimation,
            bins=self.n_bins,
            trainable_fourier=trainable_STFT,
            trainable_spectral=trainable_CQT,
        )
        self.created(verbose)
