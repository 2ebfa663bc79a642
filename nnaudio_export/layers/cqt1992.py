"""The constant-Q transform with kernels in the frequency domain."""

from nnaudio_export.blocks.spectral_bank import SpectralBank
from nnaudio_export.kernels.windows import Window
from nnaudio_export.layers.constant_q import ConstantQ, plan_wavelets
from nnaudio_export.layers.cqt1992v2 import wavelet_kernels


class CQT1992(ConstantQ):
    """Constant-Q transform through a Fourier transform and spectral kernels.

    What :class:`CQT1992v2` computes, in two steps that can be trained one by one: a Fourier
    transform as long as the longest wavelet, and a matrix. Low bins make both large: from 32.7 Hz
    up, at 22050 Hz, the Fourier kernels take 540 MB, where CQT1992v2 takes 8.

    Args:
        sr: sampling rate of the audio in Hz.
        hop_length: samples from one frame to the next; any number.
        fmin: centre frequency of the lowest bin in Hz, above 0.
        fmax: Hz; the bins go up to (not including) it, and ``n_bins`` is ignored. None for
            ``n_bins``.
        n_bins: number of bins; the highest must be at most at ``sr / 2`` (nnAudio's default, 84,
            is beyond it).
        trainable_STFT: make the Fourier kernels parameters.
        trainable_CQT: make the spectral kernels parameters.
        bins_per_octave: bins from a frequency to its double.
        filter_scale: factor on the lengths of the wavelets, above 0.
        output_format: ``"Magnitude"``, ``"Complex"``, ``"Phase"`` (radians) or ``"CosSin"``.
        norm: p-norm of every wavelet, 1, 2, or any above 0; None (or 0) leaves the window as it is.
        window: a window that :func:`scipy.signal.get_window` knows, e.g. ``"hann"``.
        center: pad so that the centre of frame m is sample ``m * hop_length``; else the longest
            wavelet starts there.
        pad_mode: ``"reflect"`` or ``"constant"`` (zeros).
        verbose: log the layer's description.
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
        plan = plan_wavelets(
            sr=sr,
            fmin=fmin,
            fmax=fmax,
            n_bins=n_bins,
            bins_per_octave=bins_per_octave,
            filter_scale=filter_scale,
            gamma=0,
            window=window,
            norm=norm,
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
        self.bank = SpectralBank(
            wavelet_kernels(plan),
            hop_length=self.hop_length,
            trainable_fourier=trainable_STFT,
            trainable_spectral=trainable_CQT,
        )
        self.created(verbose)
