"""Magnitudes from a mel spectrogram."""

import numpy as np
from nnaudio_contract import LayerSpec, StreamedPart, StreamState, Timing
from numpy.typing import NDArray
from torch import Tensor, nn

from nnaudio_export.blocks.heads import Root
from nnaudio_export.blocks.inputs import MagnitudeInput
from nnaudio_export.blocks.richardson_lucy import RichardsonLucyUpdate
from nnaudio_export.checks import frequency_range, number, one_of, whole_number
from nnaudio_export.kernels.mel_filters import mel_filters
from nnaudio_export.layers.layer import Layer, check_sample_rate
from nnaudio_export.weights import register_weight

_SMOOTH = 0.1


class InverseMel(Layer):
    """Magnitudes whose mel spectrogram is the given one; with :class:`GriffinLim`, audio.

    There are fewer filters than bins, so many magnitudes fit. This finds non-negative ones by
    multiplicative updates, in a fixed number. Bins that no filter sees are 0.

    The arguments must be those of the forward :class:`MelSpectrogram`.

    Args:
        n_fft: samples of a frame.
        n_mels: number of mel filters.
        power: exponent of the magnitude in the mel spectrogram, above 0.
        htk: the HTK mel scale instead of Slaney's.
        fmin: lower edge of the first filter, Hz.
        fmax: upper edge of the last filter, Hz; None for ``sr / 2``.
        norm: 1 or ``"slaney"`` for filters of unit area, None for unit peak.
        n_iter: number of updates.

    Shape:
        - Input: ``(batch, n_mels, frames)``, at least 0.
        - Output: magnitudes ``(batch, n_fft // 2 + 1, frames)``, at least 0.

    Raises:
        ValueError: an argument is out of its range, or the mel spectrogram does not fit.

    Reference:
        Purpose of librosa 0.11 ``feature.inverse.mel_to_stft``; updates of W. H. Richardson,
        "Bayesian-based iterative method of image restoration", JOSA 62(1), 1972.

    Example:
        >>> import torch
        >>> from nnaudio_export import MelSpectrogram
        >>> audio = torch.sin(torch.arange(8000.0) / 5)[None]
        >>> mel = MelSpectrogram(sr=16000, n_fft=512, hop_length=128, n_mels=40)(audio)
        >>> InverseMel(sr=16000, n_fft=512, n_mels=40)(mel).shape
        torch.Size([1, 257, 63])
    """

    filters: Tensor  # (n_mels, bins)
    shares: Tensor  # (bins, n_mels)
    smooth: Tensor  # (bins, n_mels)
    fitting: Tensor  # (bins, n_mels)

    def __init__(
        self,
        sr: float = 22050,
        n_fft: int = 2048,
        n_mels: int = 128,
        power: float = 2.0,
        htk: bool = False,
        fmin: float = 0.0,
        fmax: float | None = None,
        norm: int | str | None = 1,
        n_iter: int = 32,
        verbose: bool = True,
    ) -> None:
        super().__init__(locals())
        self.sr = check_sample_rate(sr)
        n_fft = whole_number("n_fft", n_fft, minimum=2)
        n_mels = whole_number("n_mels", n_mels)
        fmin, fmax = frequency_range(sr, fmin, sr / 2 if fmax is None else fmax)
        one_of("norm", norm, (1, "slaney", None))
        filters = mel_filters(
            sr=sr,
            n_fft=n_fft,
            n_mels=n_mels,
            fmin=fmin,
            fmax=fmax,
            htk=htk,
            slaney_norm=norm is not None,
        )
        self.n_mels = n_mels
        shares = _rows_to_one(filters.T)
        self.mel = MagnitudeInput("mel", n_mels, min_frames=1)
        register_weight(self, "filters", filters, trainable=False)
        register_weight(self, "shares", shares, trainable=False)
        # A start that is smooth, the mean over a bin's filters of the mean that each filter saw,
        # and one that fits, the smallest signed one. Sharp spectra need the second; a little of
        # the first keeps every bin above 0, from where a product can move it.
        sums = filters.sum(axis=1)
        means = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
        register_weight(self, "smooth", _SMOOTH * shares * means, trainable=False)
        register_weight(
            self, "fitting", np.asarray(np.linalg.pinv(filters), np.float64), trainable=False
        )
        # One module for each update: a list of modules is unrolled in every graph.
        self.updates = nn.ModuleList(
            RichardsonLucyUpdate(momentum=min(index / (index + 3), 0.9))
            for index in range(whole_number("n_iter", n_iter, minimum=0))
        )
        self.root = Root(number("power", power, above=0))
        self.created(verbose)

    def forward(self, mel: Tensor) -> Tensor:
        """Mel spectrogram ``(batch, n_mels, frames)`` → magnitudes ``(batch, bins, frames)``."""
        mel = self.mel(mel)
        values = self.fitting.matmul(mel).clamp(min=0.0) + self.smooth.matmul(mel)
        before = values
        for update in self.updates:
            after = update(values, before, mel, self.filters, self.shares)
            before, values = values, after
        return self.root(values)

    def streamed(self, state: StreamState, frames: int) -> StreamedPart:  # noqa: ARG002 - keeps no state
        return StreamedPart(self, Timing())

    def describe(self) -> LayerSpec:
        return LayerSpec(
            layer="InverseMel",
            config=self.config,
            sample_rate=round(self.sr),
            hop_length=None,
            frame_offset=None,
            min_length=1,
            input_name="mel",
            input_axes=("batch", self.n_mels, "frames"),
            input_domain="non-negative",
            output_name="magnitude",
        )


def _rows_to_one(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = matrix.sum(axis=1, keepdims=True)
    return np.divide(matrix, sums, out=np.zeros_like(matrix), where=sums > 0)
