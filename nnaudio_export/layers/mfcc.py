"""Mel-frequency cepstral coefficients."""

import dataclasses
from typing import Any, ClassVar

from nnaudio_contract import Identity, LayerSpec
from torch import Tensor, nn

from nnaudio_export.blocks.decibel import Decibel, TopDecibels
from nnaudio_export.blocks.projection import Projection
from nnaudio_export.checks import number, one_of, whole_number
from nnaudio_export.kernels.dct import dct_matrix
from nnaudio_export.layers.layer import Layer
from nnaudio_export.layers.mel import MelSpectrogram


class MFCC(Layer):
    """Mel-frequency cepstral coefficients: the DCT of a mel spectrogram in decibels.

    Args:
        n_mfcc: number of coefficients, at most ``n_mels``.
        norm: ``"ortho"`` for the orthonormal DCT, None for the plain one.
        ref: power that counts as 0 dB; its absolute value is taken.
        amin: smallest power that counts, above 0.
        top_db: each item's range below its own loudest value, in dB; None for no limit.
        **kwargs: further arguments of :class:`MelSpectrogram`.

    Shape:
        - Input: ``(batch, samples)``, ``(samples,)`` or ``(batch, 1, samples)``, in -1 ... 1.
        - Output: ``(batch, n_mfcc, frames)``.

    Reference:
        Definition of librosa 0.11 ``feature.mfcc``; arguments of nnAudio.

    Example:
        >>> import torch
        >>> mfcc = MFCC(sr=16000, n_mfcc=13, n_fft=512, hop_length=160, n_mels=40)
        >>> mfcc(torch.zeros(1, 4000)).shape
        torch.Size([1, 13, 26])
    """

    kwargs_of: ClassVar[type[Layer] | None] = MelSpectrogram

    def __init__(
        self,
        sr: float = 22050,
        n_mfcc: int = 20,
        norm: str | None = "ortho",
        verbose: bool = True,
        ref: float = 1.0,
        amin: float = 1e-10,
        top_db: float | None = 80.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(locals())
        one_of("norm", norm, ("ortho", None))
        self.melspec_layer = MelSpectrogram(sr=sr, verbose=False, **kwargs)
        n_mels = self.melspec_layer.mel.matrix.shape[0]
        n_mfcc = whole_number("n_mfcc", n_mfcc, maximum=n_mels)
        self.decibel = Decibel(ref=abs(number("ref", ref)), amin=number("amin", amin, above=0))
        self.top_db = (
            Identity() if top_db is None else TopDecibels(number("top_db", top_db, minimum=0))
        )
        self.dct = Projection(dct_matrix(n_out=n_mfcc, n_in=n_mels, ortho=norm == "ortho"))
        self.created(verbose)

    def forward(self, audio: Tensor) -> Tensor:
        """Audio ``(batch, samples)`` → coefficients ``(batch, n_mfcc, frames)``."""
        return self.dct(self.top_db(self.decibel(self.melspec_layer(audio))))

    def chain(self) -> list[nn.Module]:
        return [*self.melspec_layer.chain(), self.decibel, self.top_db, self.dct]

    def describe(self) -> LayerSpec:
        return dataclasses.replace(
            self.melspec_layer.describe(),
            layer="MFCC",
            config=self.config,
            output_name="mfcc",
            output_axes=("batch", "coefficients", "frames"),
            needs_whole_signal=(
                f"top_db={self.config['top_db']} counts from the loudest value of the whole "
                "signal: make the layer with top_db=None"
                if isinstance(self.top_db, TopDecibels)
                else ""
            ),
        )
