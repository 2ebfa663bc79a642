"""The variable-Q transform."""

from nnaudio_contract import LayerSpec

from nnaudio_export.blocks.long_filter_bank import filter_bank
from nnaudio_export.kernels.windows import Window
from nnaudio_export.layers.constant_q import ConstantQ, plan_wavelets
from nnaudio_export.layers.cqt1992v2 import wavelet_kernels
from nnaudio_export.layers.outputs import describe_spectrum


class VQT(ConstantQ):
    """Variable-Q transform: a constant-Q transform whose low bins are wider, and so quicker.

    With ``gamma=0`` it equals :class:`CQT1992v2` exactly.

    Args:
        sr: sampling rate of the audio in Hz.
        hop_length: samples from one frame to the next; any number.
        fmin: centre frequency of the lowest bin in Hz, above 0.
        fmax: Hz; the bins go up to (not including) it, and ``n_bins`` is ignored. None for
            ``n_bins``.
        n_bins: number of bins; the highest must be at most at ``sr / 2``.
        filter_scale: factor on the lengths of the wavelets, above 0.
        bins_per_octave: bins from a frequency to its double.
        norm: without effect; nnAudio has it.
        basis_norm: p-norm of every wavelet, 1, 2, or any above 0; None (or 0) leaves the window as
            it is.
        gamma: Hz added to the bandwidth of every bin, at least 0; None for bandwidths proportional
            to those of the ear (ERB).
        window: a window that :func:`scipy.signal.get_window` knows, e.g. ``"hann"``.
        pad_mode: ``"reflect"`` or ``"constant"`` (zeros).
        earlydownsample: without effect, the transform works at the full rate; nnAudio has it.
        trainable: make the kernels parameters.
        output_format: ``"Magnitude"``, ``"Complex"``, ``"Phase"`` (radians) or ``"CosSin"``.
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
        C. Schörkhuber et al., "A Matlab toolbox for efficient perfect reconstruction time-frequency
        transforms with log-frequency resolution", AES 53rd conference, 2014; wavelets of librosa
        0.11 ``filters.wavelet``.

    Example:
        >>> import torch
        >>> from nnaudio_export import CQT
        >>> vqt, cqt = VQT(gamma=20), CQT()
        >>> vqt.kernel_width, cqt.kernel_width
        (1008, 11688)
        >>> vqt(torch.zeros(1, 22050)).shape
        torch.Size([1, 84, 44])
    """

    def __init__(
        self,
        sr: float = 22050,
        hop_length: int = 512,
        fmin: float = 32.70,
        fmax: float | None = None,
        n_bins: int | None = 84,
        filter_scale: float = 1,
        bins_per_octave: int = 12,
        norm: bool = True,
        basis_norm: float | None = 1,
        gamma: float | None = 0,
        window: Window = "hann",
        pad_mode: str = "reflect",
        earlydownsample: bool = True,
        trainable: bool = False,
        output_format: str = "Magnitude",
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
            gamma=gamma,
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
        self.bank = filter_bank(
            wavelet_kernels(plan), hop_length=self.hop_length, trainable=trainable
        )
        self.created(verbose)

    def describe(self) -> LayerSpec:
        return describe_spectrum(self, "vqt")
