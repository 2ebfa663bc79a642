"""The constant-Q transform with time-domain kernels."""

import numpy as np
from numpy.typing import NDArray

from nnaudio_export.blocks.long_filter_bank import filter_bank
from nnaudio_export.kernels.wavelets import wavelets
from nnaudio_export.kernels.windows import Window
from nnaudio_export.layers.constant_q import ConstantQ, WaveletPlan, plan_wavelets


def wavelet_kernels(plan: WaveletPlan) -> NDArray[np.complex128]:
    """What audio is correlated with: the conjugates of the wavelets, ``(bins, width)``."""
    return np.conj(
        wavelets(
            frequencies=plan.frequencies,
            lengths=plan.lengths,
            sr=plan.sr,
            window=plan.window,
            norm=plan.norm,
        )
    )


class CQT1992v2(ConstantQ):
    """Constant-Q transform with fixed or learned kernels in the time domain, at the full rate.

    The exact form: every bin is the correlation of the audio with librosa's wavelet. Also named
    :class:`CQT`. Its kernels are as long as the lowest bin asks for: :class:`CQT2010v2` needs far
    fewer multiplications.

    Args:
        sr: sampling rate of the audio in Hz.
        hop_length: samples from one frame to the next; any number.
        fmin: centre frequency of the lowest bin in Hz, above 0.
        fmax: Hz; the bins go up to (not including) it, and ``n_bins`` is ignored. None for
            ``n_bins``.
        n_bins: number of bins; the highest must be at most at ``sr / 2``.
        bins_per_octave: bins from a frequency to its double.
        filter_scale: factor on the lengths of the wavelets, above 0: larger ones resolve
            frequency better, and time worse.
        norm: p-norm of every wavelet, 1, 2, or any above 0; None (or 0) leaves the window as it is.
        window: a window that :func:`scipy.signal.get_window` knows, e.g. ``"hann"``.
        center: pad so that the centre of frame m is sample ``m * hop_length``; else the longest
            wavelet starts there.
        pad_mode: ``"reflect"`` or ``"constant"`` (zeros).
        trainable: make the kernels parameters.
        output_format: ``"Magnitude"``, ``"Complex"``, ``"Phase"`` (radians) or ``"CosSin"`` (the
            phase as cosine and sine, which stays on a GPU in ONNX Runtime).
        verbose: log the layer's description.
        normalization_type: ``"librosa"`` multiplies each bin by the root of its wavelet's length;
            ``"convolutional"`` by 1; ``"wrap"`` by 2, so that a sine of amplitude 1 gives 1.

    Shape:
        - Input: ``(batch, samples)``, ``(samples,)`` or ``(batch, 1, samples)``, in -1 ... 1, at
          least :attr:`min_samples` samples.
        - Output: ``(batch, n_bins, frames)``; Complex and CosSin add a last axis of 2. There are
          ``1 + samples // hop_length`` frames with ``center``, else
          ``1 + (samples - kernel_width) // hop_length``.

    Raises:
        ValueError: an argument is out of its range, or the audio does not fit.

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
        self.bank = filter_bank(
            wavelet_kernels(plan), hop_length=self.hop_length, trainable=trainable
        )
        self.created(verbose)


class CQT(CQT1992v2):
    """Constant-Q transform; another name of :class:`CQT1992v2`, which documents it."""
