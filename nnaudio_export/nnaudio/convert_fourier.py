"""STFT, iSTFT, MelSpectrogram, MFCC: our layers with nnAudio's weights in them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnaudio_export.layers.istft import ISTFT
from nnaudio_export.layers.mel import MelSpectrogram
from nnaudio_export.layers.mfcc import MFCC
from nnaudio_export.layers.stft import STFT
from nnaudio_export.nnaudio.legacy_heads import OffsetMagnitude, fourier_heads
from nnaudio_export.nnaudio.recover_cqt import nice
from nnaudio_export.nnaudio.set_weight import set_weight
from nnaudio_export.nnaudio.source import Source

_STFT_WEIGHTS = ("wsin", "wcos", "window_mask")


def stft(source: Source) -> STFT:
    """STFT, with the kernels of nnAudio's."""
    check_stft(source)
    known = dict(source.arguments)
    rows = source.weights["wcos"].shape[0]
    uniform = known["freq_scale"] == "no"
    # What nnAudio builds for other scales inverts nothing.
    known["iSTFT"] = known.get("iSTFT", False) and uniform
    layer = STFT(**{**known, "freq_bins": None if uniform else rows}, verbose=False)
    layer.config = known
    layer.freq_bins = rows
    if uniform:
        layer.bin_list = [float(k) for k in range(rows)]
        layer.bins2freq = [k * layer.sr / known["n_fft"] for k in range(rows)]
    load_stft(layer, source)
    return layer


def check_stft(source: Source) -> None:
    """The weights of an STFT are there, and as large as its arguments say."""
    known = source.arguments
    n_fft = known["n_fft"]
    rows = known.get("freq_bins") or n_fft // 2 + 1
    shapes: dict[str, tuple[int, ...] | None] = {
        "wsin": (rows, 1, n_fft),
        "wcos": (rows, 1, n_fft),
        "window_mask": (1, n_fft, 1),
    }
    if known.get("iSTFT"):
        shapes |= {"kernel_sin_inv": None, "kernel_cos_inv": None}
    source.check_weights(shapes)


def load_stft(layer: STFT, source: Source) -> None:
    """Puts nnAudio's kernels, and its magnitude if these are trainable, into our STFT."""
    cosines, sines = source.weights["wcos"], source.weights["wsin"]
    gradients = [source.parameters.get(name) for name in ("wcos", "wsin")]
    requires_grad = None if gradients[0] is None else any(gradients)
    # nnAudio turns the sign of the imaginary part afterwards.
    set_weight(layer.bank, "kernel", torch.cat([cosines, -sines]), requires_grad=requires_grad)
    if requires_grad is not None:
        layer.heads = fourier_heads(trainable=True)
        layer.head = layer.heads[layer.output_format]()


def istft(source: Source) -> ISTFT:
    """ISTFT, with the kernels and the window of nnAudio's."""
    known, n_fft = source.arguments, source.arguments["n_fft"]
    kernel = (n_fft, 1, n_fft, 1)
    source.check_weights({"kernel_sin": kernel, "kernel_cos": kernel, "window_mask": None})
    onesided, length = source.call["onesided"], source.call["length"]
    # freq_bins is without effect in nnAudio.
    arguments: dict[str, Any] = {**known, "freq_bins": None}
    arguments.setdefault("window", "boxcar")  # replaced below
    layer = ISTFT(**arguments, onesided=onesided, length=length, verbose=False)
    layer.config = {**known, "onesided": onesided, "length": length}
    # nnAudio's first axis is time: (samples, 1, bins, 1) to our (bins, 1, samples).
    real, imag = (
        source.weights[name].double().squeeze(-1).permute(2, 1, 0) / n_fft
        for name in ("kernel_cos", "kernel_sin")
    )
    if onesided:
        real, imag = _one_sided(real, 1.0), _one_sided(imag, -1.0)
    trainable = source.parameters
    set_weight(
        layer.overlap_add,
        "kernel",
        torch.cat([real, -imag]),
        requires_grad=(
            any(trainable[name] for name in ("kernel_cos", "kernel_sin"))
            if "kernel_cos" in trainable
            else None
        ),
    )
    window = source.weights["window_mask"].flatten()
    before = (n_fft - len(window)) // 2
    window = torch.nn.functional.pad(window, [before, n_fft - len(window) - before])
    set_weight(layer.overlap_add, "window", window, requires_grad=trainable.get("window_mask"))
    return layer


def _one_sided(rows: Tensor, sign: float) -> Tensor:
    """Adds the row of bin N - k to that of bin k, which its coefficient is the conjugate of."""
    n_fft = rows.shape[0]
    half = rows[: n_fft // 2 + 1].clone()
    inner = slice(1, (n_fft + 1) // 2)
    half[inner] += sign * rows.flip(0).roll(1, dims=0)[inner]
    return half


def mel(source: Source) -> MelSpectrogram:
    """MelSpectrogram, with the kernels and the filters of nnAudio's."""
    known = dict(source.arguments)
    inner = source.part("stft.", "STFT", freq_bins=None, freq_scale="no")
    check_stft(inner)
    bins = known["n_fft"] // 2 + 1
    check_own(source, "mel_basis", (known["n_mels"], bins), "stft.")
    if known.get("norm") == np.inf:
        known["norm"] = None  # the same filters
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about empty filters: the filters are nnAudio's
        layer = MelSpectrogram(**known, verbose=False)
    layer.config = known
    load_bands(layer.stft, inner, power=known["power"])
    set_weight(
        layer.mel,
        "matrix",
        source.weights["mel_basis"],
        requires_grad=source.parameters.get("mel_basis"),
    )
    return layer


def load_bands(layer: STFT, source: Source, *, power: float) -> None:
    """Puts nnAudio's kernels into the STFT below a bank of bands."""
    head = layer.head
    load_stft(layer, source)
    layer.head = OffsetMagnitude(power) if "wcos" in source.parameters else head


def check_own(source: Source, name: str, shape: tuple[int, ...], inner: str) -> None:
    """The weights outside of the part called ``inner`` are this one, of this shape."""
    own = {k: None for k in source.weights if k.startswith(inner)}
    source.check_weights({name: shape, **own})


def faults_of_mfcc(source: Source) -> list[str]:
    """What is wrong with the numbers of MFCC, in words."""
    norm = source.arguments.get("norm", "ortho")
    return [] if norm == "ortho" else [f"norm={norm!r} is without effect"]


def mfcc(source: Source, *, repair: bool = False) -> MFCC:
    """MFCC, with the mel spectrogram of nnAudio's inside."""
    known = dict(source.arguments)
    inner = mel(source.part("melspec_layer.", "MelSpectrogram", norm=1))
    own = {k: None for k in source.weights if k.startswith("melspec_layer.")}
    source.check_weights({"amin": (1,), "ref": (1,), **own})
    # In float32 there; the decimal number is what was asked for.
    known |= {name: nice(float(source.weights[name]), 1e-7) for name in ("amin", "ref")}
    if not repair:
        known["norm"] = "ortho"  # whatever was asked for
    known["n_mfcc"] = min(known["n_mfcc"], known["n_mels"])  # nnAudio gives what there is
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layer = MFCC(**known, verbose=False)
    layer.config = known
    layer.melspec_layer = inner
    return layer
