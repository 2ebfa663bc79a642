"""The inverse short-time Fourier transform."""

from typing import Any

import torch
from nnaudio_contract import LayerSpec
from torch import Tensor, nn

from nnaudio_export.blocks.inputs import SpectrogramInput
from nnaudio_export.blocks.overlap_add import Crop, OverlapAdd, Trim
from nnaudio_export.checks import whole_number
from nnaudio_export.kernels.fourier import inverse_fourier_kernels
from nnaudio_export.kernels.windows import Window, centred_window
from nnaudio_export.layers.framing import Framed, frame_sizes
from nnaudio_export.layers.layer import check_sample_rate


class ISTFT(Framed):
    """Inverse short-time Fourier transform: overlap-add with window-sum normalisation.

    The arguments must be those of the forward :class:`STFT`.

    Args:
        freq_bins: number of bins of a one-sided spectrogram; None for ``n_fft // 2 + 1``. Bins
            above are taken as zero.
        window: the analysis window, a name that :func:`scipy.signal.get_window` knows.
        freq_scale: must be ``"no"``: only the uniform bins of the DFT have an inverse.
        center: the forward transform was centred; its padding is cut off.
        fmin: ignored with ``freq_scale="no"``.
        fmax: ignored with ``freq_scale="no"``.
        trainable_kernels: make the synthesis kernels parameters.
        trainable_window: make the window a parameter.
        refresh_win: ignored, the window sum is always exact; nnAudio has it.
        onesided: layout of the kernels and of an exported graph's input: ``freq_bins`` bins, or
            all ``n_fft``. In eager mode the layer takes either.
        length: samples of the output; None for all that the frames cover.

    Shape:
        - Input: ``(batch, bins, frames, 2)``, real and imaginary parts on the last axis.
        - Output: ``(batch, samples)``, ``samples = length`` or, with ``center``,
          ``n_fft + (frames - 1) * hop_length - 2 * (n_fft // 2)``.

    Raises:
        ValueError: an argument is out of its range, or the spectrogram does not fit.

    Reference:
        D. Griffin and J. Lim, "Signal estimation from modified short-time Fourier transform",
        IEEE Trans. ASSP 32(2), 1984, eq. 6.

    Example:
        >>> from nnaudio_export import STFT
        >>> audio = torch.sin(torch.arange(2048.0))[None]
        >>> spectrogram = STFT(n_fft=512, hop_length=128)(audio)
        >>> back = ISTFT(n_fft=512, hop_length=128)(spectrogram)
        >>> bool((back - audio).abs().max() < 2e-6)
        True
    """

    def __init__(
        self,
        n_fft: int = 2048,
        win_length: int | None = None,
        freq_bins: int | None = None,
        hop_length: int | None = None,
        window: Window = "hann",
        freq_scale: str = "no",
        center: bool = True,
        fmin: float = 50,
        fmax: float = 6000,
        sr: float = 22050,
        trainable_kernels: bool = False,
        trainable_window: bool = False,
        verbose: bool = True,
        refresh_win: bool = True,
        *,
        onesided: bool = True,
        length: int | None = None,
    ) -> None:
        super().__init__(locals())
        n_fft, win_length, hop_length = frame_sizes(n_fft, win_length, hop_length)
        if freq_scale != "no":
            raise ValueError(
                f"freq_scale={freq_scale!r}: only the uniform bins of 'no' can be inverted"
            )
        one_sided = n_fft // 2 + 1
        half = (
            one_sided
            if freq_bins is None
            # nnAudio's users pass n_fft for a full spectrogram.
            else min(whole_number("freq_bins", freq_bins, maximum=n_fft), one_sided)
        )
        self.sr = check_sample_rate(sr)
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.onesided = onesided
        self.bins = half if onesided else n_fft
        self.one_sided_bins = half
        self.start = n_fft // 2 if center else 0
        # Of one frame, cutting off the padding leaves no sample, unless a length is asked for.
        self.min_frames = 2 if length is None and 2 * self.start >= n_fft else 1

        self.spectrogram = SpectrogramInput(self.bins, self.min_frames)
        self.overlap_add = OverlapAdd(
            inverse_fourier_kernels(n_fft=n_fft, bins=self.bins),
            window=centred_window(window=window, win_length=win_length, n_fft=n_fft),
            hop_length=hop_length,
            trainable_kernels=trainable_kernels,
            trainable_window=trainable_window,
        )
        self.trim = self._trim(length)
        self.created(verbose)

    def forward(self, spectrogram: Tensor) -> Tensor:
        """Complex spectrogram ``(batch, bins, frames, 2)`` → audio ``(batch, samples)``."""
        return self.trim(self.overlap_add(self.spectrogram(spectrogram)))

    def chain(self) -> list[nn.Module]:
        return [self.spectrogram, self.overlap_add, self.trim]

    def __call__(
        self,
        spectrogram: Tensor,
        onesided: bool | None = None,
        length: int | None = None,
        refresh_win: bool | None = None,  # noqa: ARG002 - nnAudio's
    ) -> Any:
        """As :meth:`forward`; in eager mode it takes either layout and any length.

        Args:
            spectrogram: ``(batch, bins, frames, 2)``.
            onesided: the layout of ``spectrogram``; None to tell by its number of bins.
            length: samples of the output; None for the constructor's.
            refresh_win: ignored; nnAudio has it.
        """
        own = self._in_own_layout(spectrogram, onesided)
        if length is None:
            return super().__call__(own)
        self.spectrogram.check(own, min_frames=1)
        return self._trim(length)(self.overlap_add(self.spectrogram.channels(own)))

    def describe(self) -> LayerSpec:
        return LayerSpec(
            layer="ISTFT",
            config=self.config,
            sample_rate=round(self.sr),
            hop_length=self.hop_length,
            frame_offset=self.n_fft // 2 - self.start,
            min_length=self.min_frames,
            input_name="spectrogram",
            input_axes=("batch", self.bins, "frames", 2),
            output_name="audio",
            output_axes=("batch", "samples"),
            needs_whole_signal=(
                f"length={self.config['length']} fixes the end of the audio: make the layer with "
                "length=None"
                if isinstance(self.trim, Crop)
                else ""
            ),
        )

    def _trim(self, length: int | None) -> nn.Module:
        if length is not None:
            return Crop(self.start, whole_number("length", length))
        return Trim(self.start, self.start)

    def _in_own_layout(self, spectrogram: Tensor, onesided: bool | None) -> Tensor:
        """One-sided → full or full → one-sided, where the caller's layout is not the layer's."""
        if not isinstance(spectrogram, Tensor) or spectrogram.dim() != 4:
            return spectrogram  # refused by the input block, with the expected shape
        given = spectrogram.shape[1]
        if onesided is not None and given != (self.one_sided_bins if onesided else self.n_fft):
            raise ValueError(
                f"onesided={onesided} with {given} bins: must have "
                f"{self.one_sided_bins if onesided else self.n_fft}"
            )
        if self.onesided and given == self.n_fft and given != self.bins:
            return _fold(spectrogram)[:, : self.bins]
        if not self.onesided and given == self.one_sided_bins and given != self.bins:
            return _unfold(spectrogram, self.n_fft)
        return spectrogram


def _conjugate(spectrogram: Tensor) -> Tensor:
    return torch.stack([spectrogram[..., 0], -spectrogram[..., 1]], dim=-1)


def _fold(full: Tensor) -> Tensor:
    """One-sided spectrum of the real part of a full one: the mean of bin k and conj(bin -k)."""
    half = full.shape[1] // 2 + 1
    mirrored = _conjugate(full.flip(1).roll(1, dims=1))
    return ((full + mirrored) / 2)[:, :half]


def _unfold(half: Tensor, n_fft: int) -> Tensor:
    """Full spectrum of a one-sided one: bins that are missing are conjugates or zero."""
    missing = n_fft // 2 + 1 - half.shape[1]
    half = nn.functional.pad(half, [0, 0, 0, 0, 0, missing])
    return torch.cat([half, _conjugate(half[:, 1 : (n_fft + 1) // 2].flip(1))], dim=1)
