"""The inverse constant-Q transform of nnAudio2: a fixed number of small steps downhill."""

import copy
import inspect
import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from nnaudio_contract import LayerSpec
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.blocks.bin_gain import BinGain
from nnaudio_export.blocks.filter_bank import FilterBank
from nnaudio_export.blocks.inputs import SpectrogramInput
from nnaudio_export.blocks.long_filter_bank import filter_bank
from nnaudio_export.blocks.overlap_add import Trim
from nnaudio_export.blocks.padding import CentrePad, ReflectPadAdjoint, centre_pad
from nnaudio_export.checks import whole_number
from nnaudio_export.layers.framing import fewest_frames, shortest_audio
from nnaudio_export.layers.icqt import ICQT
from nnaudio_export.layers.layer import Layer
from nnaudio_export.nnaudio.convert_constant_q import KERNELS
from nnaudio_export.nnaudio.recover_cqt import time_kernels
from nnaudio_export.nnaudio.source import Source


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
        back = functional.pad(self.bank.adjoint(error), [0, self.extra])
        return audio + self.size * self.fold(back)


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
        self.min_frames = fewest_frames(
            shortest_audio(width, center=center, pad_mode=mode) - extra,
            frame_length=width,
            hop_length=self.hop_length,
            trimmed=2 * amount,
        )

        self.spectrogram = SpectrogramInput(bins, self.min_frames)
        self.step = Step(
            centre_pad(amount, mode, center=center),
            filter_bank(kernels, hop_length=self.hop_length, trainable=False),
            _transpose(amount, mode) if center else nn.Identity(),
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
            needs_whole_signal=(
                "its iterations go over the whole signal: give it segments of some seconds"
            ),
        )


def _transpose(amount: int, mode: str) -> nn.Module:
    """The transpose of padding."""
    return ReflectPadAdjoint(amount) if mode == "reflect" else Trim(amount, amount)


def icqt(source: Source) -> LegacyICQT:
    """iCQT, with the kernels and the step that nnAudio2 found."""
    known = {**source.needs("sr", "hop_length", "center", "pad_mode"), **source.arguments}
    _check(source)
    gains = source.weights["lengths"].double().sqrt().numpy()[:, None]
    length, hop, width = source.call["length"], known["hop_length"], _width(source)
    covered = width - 2 * (width // 2) if known["center"] else width
    if length is None and not known["center"]:
        raise ValueError("iCQT: nnAudio's with center=False runs with a length only: pass length")
    return LegacyICQT(
        {**known, "length": length},
        np.conj(time_kernels(source.weights)) * gains,
        step=float(source.weights["alpha"]),
        extra=1 if length is None else (length - covered) % hop,
    )


def repaired_icqt(source: Source) -> ICQT:
    """Our inverse of nnAudio's CQT1992v2: by conjugate gradients, with nnAudio's kernels."""
    known = {**source.needs("sr", "hop_length", "center", "pad_mode"), **source.arguments}
    _check(source)
    width, amount, lengths = _width(source), _width(source) // 2, source.weights["lengths"]
    # The number of iterations is of a method that needs more of them.
    accepted = set(inspect.signature(ICQT).parameters) - {"n_iter", "fmax"}
    arguments = {name: value for name, value in known.items() if name in accepted}
    layer = ICQT(**{**arguments, "n_bins": len(lengths)}, length=source.call["length"])
    kernels = np.conj(time_kernels(source.weights))
    sums = np.abs(kernels).sum(axis=1)
    center, mode, hop = known["center"], known["pad_mode"], layer.hop_length
    layer.amount, layer.frame_offset = amount, 0 if center else amount
    layer.min_frames = fewest_frames(
        shortest_audio(width, center=center, pad_mode=mode),
        frame_length=width,
        hop_length=hop,
        trimmed=2 * amount if center else 0,
    )
    layer.cqt = SpectrogramInput(layer.n_bins, layer.min_frames)
    layer.gain = BinGain(1 / (lengths.double().sqrt().numpy() * sums))
    layer.bank = filter_bank(kernels / sums[:, None], hop_length=hop, trainable=False)
    if center:
        layer.pad, layer.fold = CentrePad(amount, mode), _transpose(amount, mode)
    return layer


def _check(source: Source) -> None:
    bins = len(source.weights.get("lengths", ()))
    kernel = (bins, 1, _width(source) if bins else 0)
    source.check_weights({"lengths": None, "alpha": (), **dict.fromkeys(KERNELS, kernel)})


def _width(source: Source) -> int:
    return int(source.weights[KERNELS[0]].shape[-1])


def faults(source: Source) -> list[str]:
    """What is wrong with the numbers of iCQT, in words."""
    return [
        "its step depends on the random state in which it was made, and "
        f"{source.arguments['n_iter']} steps need not reach the inverse"
    ]
