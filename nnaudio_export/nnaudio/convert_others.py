"""Gammatonegram, CFP and Griffin_Lim: ours, with nnAudio's arguments and weights."""

from __future__ import annotations

import math
import warnings

from nnaudio_export.blocks.projection import Projection
from nnaudio_export.layers.layer import Layer
from nnaudio_export.layers.stft import STFT
from nnaudio_export.nnaudio.convert_fourier import check_own, check_stft, load_bands
from nnaudio_export.nnaudio.repair import ours
from nnaudio_export.nnaudio.set_weight import set_weight
from nnaudio_export.nnaudio.source import Source


def gammatonegram(source: Source) -> Layer:
    """Gammatonegram, with the kernels and the filters of nnAudio's."""
    known = dict(source.arguments)
    inner = source.part("stft.", "STFT", freq_bins=None, freq_scale="no")
    check_stft(inner)
    check_own(source, "gammatone_basis", (known["n_bins"], known["n_fft"] // 2 + 1), "stft.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about filters: they are nnAudio's
        layer = ours("Gammatonegram", known)
    stft = next(module for module in layer.modules() if isinstance(module, STFT))
    bands = next(module for module in layer.modules() if isinstance(module, Projection))
    layer.config = known
    load_bands(stft, inner, power=known["power"])
    set_weight(
        bands,
        "matrix",
        source.weights["gammatone_basis"],
        requires_grad=source.parameters.get("gammatone_basis"),
    )
    return layer


def cfp(source: Source) -> Layer:
    """CFP and Combined_Frequency_Periodicity: nothing in them is trained, so ours are new."""
    known = source.needs("fr", "fs", "hop_length", "window_size", "fc", "tc", "g", "NumPerOct")
    fr, fs, fc, stop = known["fr"], known["fs"], known["fc"], 1 / known["tc"]
    most = math.ceil(math.log2(stop / fc)) * known["NumPerOct"]
    centres = sum(fc * 2 ** (i / known["NumPerOct"]) < stop for i in range(most))
    source.check_weights(
        {
            "h": (known["window_size"],),
            "freq2logfreq_matrix": (centres - 1, round(stop / fr) + 1),
            "quef2logfreq_matrix": (centres - 1, round(fs / fc) + 1),
        }
    )
    return ours(source.layer, known)


def griffin_lim(source: Source) -> Layer:
    """Griffin_Lim: it has no weights."""
    known = {**source.arguments, **source.needs("n_fft", "window")}
    source.check_weights({})
    return ours("Griffin_Lim", known)


def faults_of_griffin_lim(source: Source) -> list[str]:  # noqa: ARG001
    """What is wrong with the numbers of Griffin_Lim, in words."""
    return ["it starts from other random phases every time, so there are no numbers to keep"]
