"""CQT1992v2, CQT1992 and the VQT that is a CQT: one rate."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nnaudio_export.blocks.bin_gain import BinGain
from nnaudio_export.blocks.inputs import AudioInput
from nnaudio_export.blocks.long_filter_bank import filter_bank
from nnaudio_export.blocks.padding import centre_pad
from nnaudio_export.layers.cqt1992v2 import CQT1992v2
from nnaudio_export.layers.framing import shortest_audio
from nnaudio_export.nnaudio.legacy_cqt import LegacyCQT
from nnaudio_export.nnaudio.legacy_heads import constant_q_heads
from nnaudio_export.nnaudio.legacy_octaves import SpectralKernels
from nnaudio_export.nnaudio.recover_cqt import time_kernels
from nnaudio_export.nnaudio.set_weight import set_weight
from nnaudio_export.nnaudio.source import Source

KERNELS = ("cqt_kernels_real", "cqt_kernels_imag")
FOURIER = ("wcos", "wsin")


def cqt1992v2(source: Source) -> CQT1992v2:
    """CQT1992v2, CQT and nnAudio2's VQT with gamma 0: ours with nnAudio's kernels."""
    known = _known(source)
    lengths, rows = source.weights["lenghts"], source.weights[KERNELS[0]]
    bins, width = len(lengths), rows.shape[-1]
    source.check_weights({"lenghts": (bins,), **dict.fromkeys(KERNELS, (bins, 1, width))})
    accepted = inspect.signature(CQT1992v2).parameters
    arguments = {name: value for name, value in known.items() if name in accepted}
    # The kernels are nnAudio's, as many as there are.
    arguments |= {"n_bins": bins, "fmax": None}
    known["n_bins"] = bins
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layer = CQT1992v2(**arguments, verbose=False)
    layer.config = known
    layer.lengths, layer.kernel_width = lengths.double().numpy(), width
    center, pad_mode = known["center"], known["pad_mode"]
    layer.min_samples = shortest_audio(width, center=center, pad_mode=pad_mode)
    layer.frame_offset = 0 if center else width // 2
    layer.audio = AudioInput(layer.min_samples)
    layer.pad = centre_pad(width // 2, pad_mode, center=center)
    layer.bank = bank(source, layer.hop_length)
    layer.gain = BinGain(layer._gains(known["normalization_type"]))
    layer.heads = constant_q_heads(trainable=KERNELS[0] in source.parameters)
    layer.head = layer.heads[layer.output_format]()
    return layer


def cqt1992(source: Source, *, repair: bool = False) -> LegacyCQT:
    """CQT1992: a Fourier transform, then spectral kernels."""
    known = _known(source)
    lengths, width = source.weights["lenghts"], source.weights["wcos"].shape[-1]
    bins, half = len(lengths), width // 2 + 1
    source.check_weights(
        {
            "lenghts": (bins,),
            **dict.fromkeys(KERNELS, (bins, half)),
            **dict.fromkeys(FOURIER, (half, 1, width)),
        }
    )
    center, pad_mode = known["center"], known["pad_mode"]
    pad = centre_pad(width // 2, pad_mode, center=center)
    return LegacyCQT(
        source.layer,
        known,
        nn.Sequential(pad, bank(source, known["hop_length"])),
        gains=gains(lengths, width, 1.0),
        conjugated=() if repair else ("CosSin", "Phase"),
        trainable=False,  # it has no floor under its root
        min_samples=shortest_audio(width, center=center, pad_mode=pad_mode),
        hop_length=known["hop_length"],
        frame_offset=0 if center else width // 2,
    )


def faults_of_cqt1992(source: Source) -> list[str]:
    """What is wrong with the numbers of CQT1992, in words."""
    if source.arguments["output_format"] != "Phase":
        return []
    return ["its Phase is that of the conjugate of its Complex"]


def _known(source: Source) -> dict[str, Any]:
    source.needs("sr", "hop_length", "pad_mode")
    known = {"center": True, **source.arguments, **source.call}  # VQT knows no center
    if known["output_format"] == "Phase":
        known["output_format"] = "CosSin"  # which is what it gives
    return known


def gains(lengths: Tensor, width: int, factor: float) -> Mapping[str, Tensor]:
    """``normalization_type`` → gains; nnAudio divides spectral kernels by their width."""
    return {
        "librosa": lengths.sqrt() * (factor / width),
        "convolutional": torch.full_like(lengths, factor),
        "wrap": torch.full_like(lengths, 2 * factor / width),
    }


def bank(source: Source, hop_length: int) -> nn.Module:
    """The kernels as correlations with ``exp(-2j pi f t)``: one bank, or two stages.

    Spectral kernels are multiplied out, unless one of the two factors is trainable.
    """
    kernels, fourier = (_gradients(source, names) for names in (KERNELS, FOURIER))
    in_time = source.weights[KERNELS[0]].dim() == 3
    if in_time or (kernels is None and fourier is None):
        one = filter_bank(
            np.conj(time_kernels(source.weights)), hop_length=hop_length, trainable=False
        )
        if kernels is not None:
            set_weight(one, "kernel", one.kernel, requires_grad=kernels)
        return one
    cosines, sines = (source.weights[name] for name in FOURIER)
    first = filter_bank(
        cosines[:, 0].double().numpy() - 1j * sines[:, 0].double().numpy(),
        hop_length=hop_length,
        trainable=False,
    )
    set_weight(first, "kernel", first.kernel, requires_grad=fourier)
    real, imag = (source.weights[name] for name in KERNELS)
    return nn.Sequential(first, SpectralKernels(real, -imag, requires_grad=kernels))


def _gradients(source: Source, names: tuple[str, ...]) -> bool | None:
    if names[0] not in source.parameters:
        return None
    return any(source.parameters[name] for name in names)
