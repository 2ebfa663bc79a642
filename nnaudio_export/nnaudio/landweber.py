"""The inverse constant-Q transform of nnAudio2: a fixed number of small steps downhill."""

import copy
import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from nnaudio_exporters.spec import LayerSpec
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.blocks.filter_bank import FilterBank
from nnaudio_export.blocks.inputs import SpectrogramInput
from nnaudio_export.blocks.long_filter_bank import filter_bank
from nnaudio_export.blocks.padding import CentrePad
from nnaudio_export.checks import whole_number
from nnaudio_export.layers.base import Layer
from nnaudio_export.nnaudio.constant_q import KERNELS
from nnaudio_export.nnaudio.recover_cqt import time_kernels
from nnaudio_export.nnaudio.source import Source


class FoldedEnds(nn.Module):
    """The transpose of padding: what the padding repeated goes back where it came from.

    ``(batch, 1, samples + 2 * amount)`` → ``(batch, 1, samples)``.
    """

    def __init__(self, amount: int, mode: str) -> None:
        super().__init__()
        self.amount = amount
        # Zeros came from nowhere.
        self.share = 1.0 if mode == "reflect" else 0.0

    def forward(self, audio: Tensor) -> Tensor:
        samples = audio.shape[2] - 2 * self.amount
        # Mirrored at the first and at the last sample, which are themselves not repeated.
        rest = samples - self.amount - 1
        left = functional.pad(audio[:, :, : self.amount].flip(2), [1, rest])
        right = functional.pad(audio[:, :, samples + self.amount :].flip(2), [rest, 1])
        return audio.narrow(2, self.amount, samples) + self.share * (left + right)


class Step(nn.Module):
    """One step: the audio whose transform is wanted, moved by the transposed error.

    Args:
        pad: of the transform.
        bank: kernels of the transform, with its gains.
        fold: the transpose of ``pad``.
        size: of the step.
        extra: samples at the end that no frame reaches.
    """

    def __init__(
        self, pad: nn.Module, bank: FilterBank, fold: nn.Module, *, size: float, extra: int
    ) -> None:
        super().__init__()
        self.extra = extra
        self.pad = pad
        self.bank = bank
        self.fold = fold
        self.size = size

    def forward(self, audio: Tensor, spectrum: Tensor) -> Tensor:
        error = spectrum - self.bank(self.pad(audio))
        back = functional.conv_transpose1d(error, self.bank.kernel, stride=self.bank.hop_length)
        return audio + self.size * self.fold(functional.pad(back, [0, self.extra]))


class LegacyICQT(Layer):
    """The iterations of nnAudio2's iCQT, with its kernels and its step.

    :func:`nnaudio_export.from_nnaudio` makes it; :class:`nnaudio_export.ICQT` is the inverse.

    Args:
        config: nnAudio's arguments, as far as they are known.
        kernels: conjugated and with their gains, ``(bins, width)``.
        step: size of a step.
        extra: samples at the end that no frame reaches, below ``hop_length``.

    Shape:
        - Input: complex spectrogram ``(batch, bins, frames, 2)``.
        - Output: ``(batch, samples)``, ``samples = (frames - 1) * hop_length + extra`` with
          ``center``, else that and the width of the kernels.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        kernels: NDArray[np.complex128],
        *,
        step: float,
        extra: int,
    ) -> None:
        super().__init__({})
        self.config = dict(config)
        bins, width = kernels.shape
        center, mode = config["center"], config["pad_mode"]
        amount = width // 2 if center else 0
        self.hop_length = whole_number("hop_length", config["hop_length"])
        self.sr = float(config["sr"])
        self.bins = bins
        self.frame_offset = width // 2 - amount
        self.covered = width - 2 * amount  # samples of one frame, without the padding
        self.extra = extra
        shortest = amount + 1 if center and mode == "reflect" else 1
        self.min_frames = 1 + max(-(-(shortest - self.covered - extra) // self.hop_length), 0)

        self.spectrogram = SpectrogramInput(bins, self.min_frames)
        self.step = Step(
            CentrePad(amount, mode) if center else nn.Identity(),
            filter_bank(kernels, hop_length=self.hop_length, trainable=False),
            FoldedEnds(amount, mode) if center else nn.Identity(),
            size=step,
            extra=extra,
        )
        self.steps = nn.ModuleList(itertools.repeat(self.step, int(config["n_iter"])))

    def forward(self, spectrogram: Tensor) -> Tensor:
        """Complex spectrogram ``(batch, bins, frames, 2)`` → audio ``(batch, samples)``."""
        spectrum = self.spectrogram(spectrogram)
        samples = (spectrum.shape[2] - 1) * self.hop_length + self.covered + self.extra
        audio = torch.zeros_like(spectrum[:, :1, :1]).expand(-1, -1, samples)
        for step in self.steps:  # unrolled in a graph
            audio = step(audio, spectrum)
        return audio.squeeze(1)

    def __call__(self, spectrogram: Tensor, length: int | None = None) -> Any:
        """As :meth:`forward`; in eager mode ``length`` must be that of the transformed audio."""
        if length is None:
            return super().__call__(spectrogram)
        frames = spectrogram.shape[2]
        extra = whole_number("length", length) - (frames - 1) * self.hop_length - self.covered
        if not 0 <= extra < self.hop_length:
            raise ValueError(f"length={length}: audio of that length has not {frames} frames")
        other = copy.deepcopy(self)
        other.extra = other.step.extra = extra
        return other(spectrogram)

    def describe(self) -> LayerSpec:
        return LayerSpec(
            layer="nnAudio.iCQT",
            config=self.config,
            sample_rate=round(self.sr),
            hop_length=self.hop_length,
            frame_offset=self.frame_offset,
            min_length=self.min_frames,
            input_name="spectrogram",
            input_axes=("batch", self.bins, "frames", 2),
            output_name="audio",
            output_axes=("batch", "samples"),
        )


def icqt(source: Source) -> LegacyICQT:
    """iCQT, with the kernels and the step that nnAudio2 found."""
    known = {**source.needs("sr", "hop_length", "center", "pad_mode"), **source.arguments}
    lengths = source.weights["lengths"] if "lengths" in source.weights else torch.empty(0)
    kernel = (len(lengths), 1, source.weights[KERNELS[0]].shape[-1] if len(lengths) else 0)
    source.check_weights({"lengths": None, "alpha": (), **dict.fromkeys(KERNELS, kernel)})
    gains = lengths.double().sqrt().numpy()[:, None]
    length, hop, width = source.call["length"], known["hop_length"], kernel[-1]
    covered = width - 2 * (width // 2) if known["center"] else width
    if length is None and not known["center"]:
        raise ValueError("iCQT: nnAudio's with center=False runs with a length only: pass length")
    return LegacyICQT(
        {**known, "length": length},
        np.conj(time_kernels(source.weights)) * gains,
        step=float(source.weights["alpha"]),
        extra=1 if length is None else (length - covered) % hop,
    )


def faults(source: Source) -> list[str]:  # noqa: ARG001
    """What is wrong with the numbers of iCQT, in words."""
    return [
        "its step depends on the random state in which it was made, and its iterations end far "
        "from the inverse"
    ]
