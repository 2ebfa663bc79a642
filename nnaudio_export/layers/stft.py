"""The short-time Fourier transform."""

from typing import Any

from nnaudio_contract import LayerSpec
from torch import Tensor, nn

from nnaudio_export.blocks.filter_bank import FilterBank
from nnaudio_export.blocks.heads import OUTPUT_FORMATS
from nnaudio_export.blocks.inputs import AudioInput
from nnaudio_export.blocks.padding import PAD_MODES, centre_pad
from nnaudio_export.checks import frequency_range, number, one_of, whole_number
from nnaudio_export.kernels.fourier import FREQ_SCALES, fourier_bins, fourier_kernels
from nnaudio_export.kernels.windows import Window, centred_window
from nnaudio_export.layers.framing import Framed, frame_sizes, shortest_audio
from nnaudio_export.layers.istft import ISTFT
from nnaudio_export.layers.layer import check_sample_rate
from nnaudio_export.layers.spectrum_outputs import describe_spectrum


class STFT(Framed):
    """Short-time Fourier transform with fixed or learned kernels.

    Args:
        freq_bins: number of bins; None for ``n_fft // 2 + 1``.
        freq_scale: ``"no"`` for the uniform bins of the DFT; ``"linear"``, ``"log"`` or
            ``"log2"`` for ``freq_bins`` frequencies from ``fmin`` up to (not including) ``fmax``.
        iSTFT: build the inverse too, for :meth:`inverse`.
        fmin: Hz, lowest frequency of a non-uniform scale.
        fmax: Hz, end of a non-uniform scale, at most ``sr / 2``.
        trainable: make the kernels parameters.
        output_format: ``"Complex"``, ``"Magnitude"``, ``"Phase"`` (radians) or ``"CosSin"``
            (the phase as cosine and sine, which stays on a GPU in ONNX Runtime).

    Shape:
        - Input: ``(batch, samples)``, ``(samples,)`` or ``(batch, 1, samples)``, in -1 ... 1, at
          least :attr:`min_samples` samples.
        - Output: ``(batch, freq_bins, frames)``; Complex and CosSin add a last axis of 2. There
          are ``1 + (samples + 2 * (n_fft // 2) - n_fft) // hop_length`` frames with ``center``,
          else ``1 + (samples - n_fft) // hop_length``.

    Reference:
        Definition of librosa 0.11 ``stft``; arguments of nnAudio (K. W. Cheuk et al., IEEE
        Access 8, 2020, doi:10.1109/ACCESS.2020.3019084).

    Example:
        >>> import torch
        >>> stft = STFT(n_fft=512, hop_length=128, output_format="Magnitude")
        >>> stft(torch.zeros(1, 1024)).shape
        torch.Size([1, 257, 9])
    """

    # A layer that came from nnAudio has another Magnitude.
    heads = OUTPUT_FORMATS

    def __init__(
        self,
        n_fft: int = 2048,
        win_length: int | None = None,
        freq_bins: int | None = None,
        hop_length: int | None = None,
        window: Window = "hann",
        freq_scale: str = "no",
        center: bool = True,
        pad_mode: str = "reflect",
        iSTFT: bool = False,  # noqa: N803 - nnAudio's name
        fmin: float = 50,
        fmax: float = 6000,
        sr: float = 22050,
        trainable: bool = False,
        output_format: str = "Complex",
        verbose: bool = True,
    ) -> None:
        super().__init__(locals())
        n_fft, win_length, hop_length = frame_sizes(n_fft, win_length, hop_length)
        one_of("freq_scale", freq_scale, FREQ_SCALES)
        one_of("pad_mode", pad_mode, PAD_MODES)
        one_of("output_format", output_format, OUTPUT_FORMATS)
        self.sr = check_sample_rate(sr)
        uniform = freq_scale == "no"
        one_sided = n_fft // 2 + 1
        self.freq_bins = (
            one_sided
            if freq_bins is None
            else whole_number("freq_bins", freq_bins, maximum=one_sided if uniform else None)
        )
        if not uniform:
            frequency_range(sr, fmin, fmax)
        if freq_scale in ("log", "log2"):
            number("fmin", fmin, above=0)
        self.hop_length = hop_length
        self.output_format = output_format
        self.min_samples = shortest_audio(n_fft, center=center, pad_mode=pad_mode)
        self.frame_offset = n_fft // 2 if not center else 0

        bins = fourier_bins(
            n_fft=n_fft,
            freq_bins=self.freq_bins,
            freq_scale=freq_scale,
            fmin=fmin,
            fmax=fmax,
            sr=sr,
        )
        self.bin_list = bins.tolist()
        self.bins2freq = (bins * sr / n_fft).tolist()
        taper = centred_window(window=window, win_length=win_length, n_fft=n_fft)

        self.audio = AudioInput(self.min_samples)
        self.pad = centre_pad(n_fft // 2, pad_mode, center=center)
        self.bank = FilterBank(
            fourier_kernels(bins=bins, n_fft=n_fft) * taper,
            hop_length=hop_length,
            trainable=trainable,
        )
        self.head = self.heads[output_format]()
        if iSTFT and not uniform:
            raise ValueError(
                f"iSTFT=True with freq_scale={freq_scale!r}: only the uniform bins of "
                "freq_scale='no' can be inverted"
            )
        self.istft = (
            ISTFT(
                n_fft,
                win_length,
                self.freq_bins,
                hop_length,
                window,
                center=center,
                sr=sr,
                verbose=False,
            )
            if iSTFT
            else nn.Identity()
        )
        self.created(verbose)

    def forward(self, audio: Tensor) -> Tensor:
        """Audio ``(batch, samples)`` → spectrogram ``(batch, freq_bins, frames[, 2])``."""
        return self.head(self.bank(self.pad(self.audio(audio))))

    def chain(self) -> list[nn.Module]:
        return [self.audio, self.pad, self.bank, self.head]

    def __call__(self, audio: Tensor, output_format: str | None = None) -> Any:
        """As :meth:`forward`; in eager mode ``output_format`` replaces the constructor's."""
        if output_format is None:
            return super().__call__(audio)
        one_of("output_format", output_format, self.heads)
        head = self.heads[output_format]()
        return head(self.bank(self.pad(self.audio(audio))))

    def inverse(
        self,
        X: Tensor,  # noqa: N803 - nnAudio's name
        onesided: bool = True,
        length: int | None = None,
        refresh_win: bool = True,
    ) -> Tensor:
        """Complex spectrogram → audio, see :class:`ISTFT`. Needs ``iSTFT=True``.

        Args:
            X: ``(batch, bins, frames, 2)``.
            onesided: whether ``X`` holds the bins up to Nyquist, or all ``n_fft``.
            length: samples of the result; None for what the frames cover.
            refresh_win: ignored (the window sum is always exact); nnAudio has it.

        Raises:
            RuntimeError: the layer was made without ``iSTFT=True``.
        """
        if not isinstance(self.istft, ISTFT):
            raise RuntimeError("inverse needs a layer that was made with iSTFT=True")
        result: Tensor = self.istft(X, onesided=onesided, length=length, refresh_win=refresh_win)
        return result

    def describe(self) -> LayerSpec:
        return describe_spectrum(self, "spectrogram")
