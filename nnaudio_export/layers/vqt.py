"""The variable-Q transform."""

from nnaudio_contract import LayerSpec

from nnaudio_export.blocks.long_filter_bank import filter_bank
from nnaudio_export.kernels.windows import Window
from nnaudio_export.layers.constant_q import ConstantQ
from nnaudio_export.layers.spectrum_outputs import describe_spectrum
from nnaudio_export.layers.wavelet_plan import wavelet_kernels


class VQT(ConstantQ):
    """Variable-Q transform: a constant-Q transform whose low bins are wider, and so quicker.

    With ``gamma=0`` it equals :class:`CQT1992v2` exactly.

    Args:
        norm: without effect; nnAudio has it.
        gamma: Hz added to the bandwidth of every bin, at least 0; None for bandwidths proportional
            to those of the ear (ERB).
        earlydownsample: without effect, the transform works at the full rate; nnAudio has it.

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
        super().__init__(locals())
        self.bank = filter_bank(
            wavelet_kernels(self.plan), hop_length=self.hop_length, trainable=trainable
        )
        self.created(verbose)

    def describe(self) -> LayerSpec:
        return describe_spectrum(self, "vqt")
