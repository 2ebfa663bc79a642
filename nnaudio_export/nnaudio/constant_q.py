"""CQT1992v2, CQT1992 and the VQT that is a CQT: one rate."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from nnaudio_export.blocks.filter_bank import FilterBank
from nnaudio_export.blocks.padding import CentrePad
from nnaudio_export.layers.base import Layer, shortest_audio
from nnaudio_export.nnaudio.legacy import LegacyCQT
from nnaudio_export.nnaudio.octaves import SpectralKernels
from nnaudio_export.nnaudio.recover_cqt import time_kernels
from nnaudio_export.nnaudio.source import Source
from nnaudio_export.nnaudio.weights import set_weight

KERNELS = ("cqt_kernels_real", "cqt_kernels_imag")
FOURIER = ("wcos", "wsin")


def cqt1992v2(source: Source) -> Layer:
    """CQT1992v2, CQT and nnAudio2's VQT with gamma 0."""
    return _single_rate(source, kernel_width=source.weights[KERNELS[0]].shape[-1])


def cqt1992(source: Source, *, repair: bool = False) -> Layer:
    """CQT1992: a Fourier transform, then spectral kernels."""
    width = source.weights["wcos"].shape[-1]
    return _single_rate(source, kernel_width=width, conjugate_phase=repair)


def faults_of_cqt1992(source: Source) -> list[str]:
    """What is wrong with the numbers of CQT1992, in words."""
    if source.arguments["output_format"] != "Phase":
        return []
    return ["its Phase is that of the conjugate of its Complex"]


def _single_rate(source: Source, *, kernel_width: int, conjugate_phase: bool = True) -> Layer:
    known = {**source.needs("sr", "hop_length", "pad_mode"), **source.arguments, **source.call}
    center = known.setdefault("center", True)
    spectral = source.layer == "CQT1992"
    lengths = source.weights["lenghts"]
    bins = len(lengths)
    half = kernel_width // 2 + 1
    if spectral:
        shapes: dict[str, tuple[int, ...] | None] = dict.fromkeys(KERNELS, (bins, half))
        shapes |= dict.fromkeys(FOURIER, (half, 1, kernel_width))
    else:
        shapes = dict.fromkeys(KERNELS, (bins, 1, kernel_width))
    source.check_weights({"lenghts": (bins,), **shapes})
    pad = CentrePad(kernel_width // 2, known["pad_mode"]) if center else nn.Identity()
    return LegacyCQT(
        source.layer,
        known,
        nn.Sequential(pad, bank(source, known["hop_length"])),
        gains=gains(lengths, kernel_width if spectral else 1, 1.0),
        conjugate={"Magnitude": True, "Complex": True, "Phase": conjugate_phase},
        # CQT1992 has no floor under its root.
        trainable=not spectral and KERNELS[0] in source.parameters,
        min_samples=shortest_audio(kernel_width, center=center, pad_mode=known["pad_mode"]),
        hop_length=known["hop_length"],
        frame_offset=0 if center else kernel_width // 2,
    )


def gains(lengths: Tensor, width: int, factor: float) -> Mapping[str, Tensor]:
    """``normalization_type`` → gains; nnAudio divides spectral kernels by their width."""
    return {
        "librosa": lengths.sqrt() * (factor / width),
        "convolutional": torch.full_like(lengths, factor),
        "wrap": torch.full_like(lengths, 2 * factor / width),
    }


def bank(source: Source, hop_length: int) -> nn.Module:
    """The kernels as correlations: one bank, or two stages where a stage is trainable."""
    if not any(name in source.parameters for name in FOURIER) and (
        KERNELS[0] not in source.parameters or source.weights[KERNELS[0]].dim() == 3
    ):
        one = FilterBank(time_kernels(source.weights), hop_length=hop_length, trainable=False)
        if KERNELS[0] in source.parameters:
            rows = torch.cat([source.weights[name] for name in KERNELS])
            set_weight(one, "kernel", rows, requires_grad=_gradients(source, KERNELS))
        return one
    rows = torch.cat([source.weights[name] for name in FOURIER])
    half = rows.shape[0] // 2
    fourier = FilterBank(
        rows[:half, 0].numpy().astype(complex), hop_length=hop_length, trainable=False
    )
    set_weight(fourier, "kernel", rows, requires_grad=_gradients(source, FOURIER))
    spectral = SpectralKernels(
        *(source.weights[name] for name in KERNELS), requires_grad=_gradients(source, KERNELS)
    )
    return nn.Sequential(fourier, spectral)


def _gradients(source: Source, names: tuple[str, ...]) -> bool | None:
    if names[0] not in source.parameters:
        return None
    return any(source.parameters[name] for name in names)
