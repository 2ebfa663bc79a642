"""The constant-Q transform by octaves, with time-domain kernels."""

from nnaudio_export.blocks.octave_bank import OctaveBank
from nnaudio_export.kernels.windows import Window
from nnaudio_export.layers.constant_q import ConstantQ, plan_wavelets
from nnaudio_export.layers.octave_plan import plan_octaves


class CQT2010v2(ConstantQ):
    """Constant-Q transform of one octave after another, at ever lower sampling rates.

    It is that of :class:`CQT1992v2` within 1e-4 of its maximum, with about 40 times fewer
    multiplications: below the highest octave, a low-pass halves the rate before each, so that all
    wavelets are as short as the highest. Where the hop length cannot be halved any further, the
    samples stay and the filters skip them, so that frames never fall between samples.

    The kernel is shared: what is learned in one octave holds in all. On top of it, each octave has
    a small fixed difference, because the windows of its own wavelets begin and end at other
    fractions of a sample.

    Args:
        sr: sampling rate of the audio in Hz.
        hop_length: samples from one frame to the next; any number, but the more often it can be
            halved, the less there is to compute.
        fmin: centre frequency of the lowest bin in Hz, above 0.
        fmax: Hz; the bins go up to (not including) it, and ``n_bins`` is ignored. None for
            ``n_bins``.
        n_bins: number of bins; the highest must be at most at ``sr / 2``.
        filter_scale: factor on the lengths of the wavelets, above 0.
        bins_per_octave: bins from a frequency to its double.
        norm: without effect; nnAudio has it.
        basis_norm: p-norm of every wavelet, 1, 2, or any above 0; None (or 0) leaves the window as
            it is.
        window: a window that :func:`scipy.signal.get_window` knows and whose shape does not depend
            on its length, e.g. ``"hann"``.
        pad_mode: ``"reflect"`` or ``"constant"`` (zeros).
        earlydownsample: where the highest bin leaves room, halve the rate before its octave too.
        trainable: make the kernel, which all octaves share, a parameter.
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
        C. Schörkhuber and A. Klapuri, "Constant-Q transform toolbox for music processing", 7th
        Sound and Music Computing Conference, 2010; wavelets of librosa 0.11 ``filters.wavelet``.

    Example:
        >>> import torch
        >>> from nnaudio_export import CQT1992v2
        >>> tone = torch.sin(2 * torch.pi * 440 / 22050 * torch.arange(22050))
        >>> by_octaves, exact = CQT2010v2()(tone), CQT1992v2()(tone)
        >>> by_octaves.shape, bool((by_octaves - exact).abs().max() < 1e-4 * exact.max())
        (torch.Size([1, 84, 44]), True)
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
        self.bank = OctaveBank(kernels, decimation, bins=self.n_bins, trainable=trainable)
        self.created(verbose)
