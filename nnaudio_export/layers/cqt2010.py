"""The constant-Q transform by octaves, with kernels in the frequency domain."""

from nnaudio_export.blocks.octave_bank import SpectralOctaveBank
from nnaudio_export.kernels.windows import Window
from nnaudio_export.layers.constant_q import ConstantQ, plan_wavelets
from nnaudio_export.layers.octave_plan import plan_octaves


class CQT2010(ConstantQ):
    """Constant-Q transform by octaves, through a Fourier transform and spectral kernels.

    What :class:`CQT2010v2` computes, in two steps that can be trained one by one: a Fourier
    transform as long as the wavelets of the highest octave, and a matrix.

    Args:
        sr: sampling rate of the audio in Hz.
        hop_length: samples from one frame to the next; any number, but the more often it can be
            halved, the less there is to compute.
        fmin: centre frequency of the lowest bin in Hz, above 0.
        fmax: Hz; the bins go up to (not including) it, and ``n_bins`` is ignored. None for
            ``n_bins``.
        n_bins: number of bins; the highest must be at most at ``sr / 2``.
        bins_per_octave: bins from a frequency to its double.
        norm: without effect; nnAudio has it.
        basis_norm: p-norm of every wavelet, 1, 2, or any above 0; None (or 0) leaves the window as
            it is.
        window: a window that :func:`scipy.signal.get_window` knows and whose shape does not depend
            on its length, e.g. ``"hann"``.
        pad_mode: ``"reflect"`` or ``"constant"`` (zeros).
        trainable_STFT: make the Fourier kernels, which all octaves share, a parameter.
        filter_scale: factor on the lengths of the wavelets, above 0.
        trainable_CQT: make the spectral kernels, which all octaves share, a parameter.
        output_format: ``"Magnitude"``, ``"Complex"``, ``"Phase"`` (radians) or ``"CosSin"``.
        earlydownsample: where the highest bin leaves room, halve the rate before its octave too.
        verbose: log the layer's description.
        center: pad so that the centre of frame m is sample ``m * hop_length``; else the longest
            wavelet starts there.
        normalization_type: ``"librosa"``, ``"convolutional"`` or ``"wrap"``, see
            :class:`CQT1992v2`.
    Shape:
        - Input: ``(batch, samples)``, ``(samples,)`` or ``(batch, 1, samples)``, in -1 ... 1, at
          least :attr:`min_samples` samples.
        - Output: ``(batch, n_bins, frames)``; Complex and CosSin add a last axis of 2. There are
          ``1 + samples // hop_length`` frames with ``center``, else
          ``1 + (samples - kernel_width) // hop_length``.

    Raises:
        ValueError: an argument is out of its range, or the audio does not fit.

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
        plan = plan_wavelets(
            sr=sr,
            fmin=fmin,
            fmax=fmax,
            n_bins=n_bins,
            bins_per_octave=bins_per_octave,
            filter_scale=filter_scale,
            gamma=0,
            window=window,
            norm=basis_norm,
            norm_name="basis_norm",
        )
        super().__init__(
            locals(),
            plan,
            hop_length=hop_length,
            center=center,
            pad_mode=pad_mode,
            output_format=output_format,
            normalization_type=normalization_type,
        )
        kernels, decimation = plan_octaves(
            plan, hop_length=self.hop_length, early_downsampling=earlydownsample
        )
        self.bank = SpectralOctaveBank(
            kernels,
            decimation,
            bins=self.n_bins,
            trainable_fourier=trainable_STFT,
            trainable_spectral=trainable_CQT,
        )
        self.created(verbose)
