"""The constant-Q transform by octaves, with time-domain kernels."""

from nnaudio_export.blocks.octave_bank import OctaveBank
from nnaudio_export.kernels.windows import Window
from nnaudio_export.layers.constant_q import ConstantQ
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
        hop_length: samples from one frame to the next; any number, but the more often it can be
            halved, the less there is to compute.
        norm: without effect; nnAudio has it.
        window: a window that :func:`scipy.signal.get_window` knows and whose shape does not depend
            on its length, e.g. ``"hann"``.
        earlydownsample: where the highest bin leaves room, halve the rate before its octave too.
        trainable: make the kernel, which all octaves share, a parameter.

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
        super().__init__(locals())
        kernels, decimation = plan_octaves(
            self.plan, hop_length=self.hop_length, early_downsampling=earlydownsample
        )
        self.bank = OctaveBank(kernels, decimation, bins=self.n_bins, trainable=trainable)
        self.created(verbose)
