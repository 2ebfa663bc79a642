"""What a live constant-Q layer of nnAudio still says about its constructor's arguments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

Arguments = dict[str, Any]

# Sampling rates that a kernel which was trained may be rounded to.
_USUAL_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000)


def time_kernels(weights: Mapping[str, Tensor]) -> NDArray[np.complex128]:
    """Kernels of a constant-Q layer in the time domain, ``(bins, length)``, not conjugated.

    The classes without "v2" in their name multiply a Fourier transform by spectral kernels; the
    product of the two is one bank of kernels.
    """
    real, imag = (weights[f"cqt_kernels_{part}"].double().numpy() for part in ("real", "imag"))
    if real.ndim == 3:
        return np.asarray(real[:, 0] + 1j * imag[:, 0])
    cosines, sines = (weights[name].double().numpy()[:, 0] for name in ("wcos", "wsin"))
    return np.asarray((real + 1j * imag) @ (cosines + 1j * sines))


def constant_q(module: Any) -> tuple[Arguments, Arguments]:
    """Arguments of CQT1992, CQT1992v2 and iCQT."""
    frequencies = np.asarray(module.frequencies)
    names = ("hop_length", "center", "pad_mode", "output_format", "trainable", "n_iter", "norm")
    certain = {name: getattr(module, name) for name in names if hasattr(module, name)}
    certain |= {"fmin": float(frequencies[0]), "n_bins": len(frequencies)}
    for flag, weight in (("trainable_STFT", "wsin"), ("trainable_CQT", "cqt_kernels_real")):
        if hasattr(module, "wsin"):
            certain[flag] = isinstance(getattr(module, weight), nn.Parameter)
    likely: Arguments = {"bins_per_octave": _bins_per_octave(frequencies)}
    sr = _rate(time_kernels(_weights(module)), frequencies)
    if sr is not None:
        lengths = module.lengths if hasattr(module, "lengths") else module.lenghts
        likely["sr"] = sr
        likely |= _filter_scale(frequencies, lengths, likely["bins_per_octave"], sr)
    return certain, likely


def multirate(module: Any) -> tuple[Arguments, Arguments]:
    """Arguments of CQT2010 and CQT2010v2."""
    certain, likely = _octaves(module)
    per_octave = likely["bins_per_octave"]
    kernels = time_kernels(_weights(module))
    top = float(module.fmin_t) * 2.0 ** (np.arange(len(kernels)) / per_octave)
    factor = int(module.downsample_factor)
    sr = _rate(kernels, top, factor)
    if sr is not None:
        frequencies = np.asarray(module.frequencies)
        likely["sr"] = sr
        likely |= _filter_scale(frequencies, module.lenghts, per_octave, sr / factor)
    if hasattr(module, "wsin"):
        certain["trainable_STFT"] = isinstance(module.wsin, nn.Parameter)
        certain["trainable_CQT"] = isinstance(module.cqt_kernels_real, nn.Parameter)
    return certain, likely


def variable_q(module: Any) -> tuple[Arguments, Arguments]:
    """Arguments of VQT."""
    names = ("filter_scale", "bins_per_octave", "sr", "gamma", "basis_norm", "trainable")
    own = {name: getattr(module, name) for name in names}
    if hasattr(module, "cqt"):
        inner, likely = constant_q(module.cqt)
        kept = ("hop_length", "pad_mode", "output_format", "fmin", "n_bins")
        return own | {name: inner[name] for name in kept}, {}
    certain, likely = _octaves(module)
    return certain | own, {k: v for k, v in likely.items() if k not in own}


def nice(value: float, tolerance: float = 1e-6) -> float:
    """The decimal number with the fewest digits within a relative tolerance."""
    for digits in range(18):
        rounded = round(value, digits)
        if abs(rounded - value) <= tolerance * abs(value):
            return rounded if digits else round(value)
    return value


def _octaves(module: Any) -> tuple[Arguments, Arguments]:
    frequencies = np.asarray(module.frequencies)
    names = ("pad_mode", "n_bins", "output_format", "trainable", "norm")
    certain = {name: getattr(module, name) for name in names if hasattr(module, name)}
    certain["fmin"] = float(frequencies[0])
    factor = int(module.downsample_factor)
    likely: Arguments = {"bins_per_octave": _bins_per_octave(frequencies)}
    # Where early downsampling does not divide the hop, nnAudio has rounded it down.
    likely["hop_length"] = module.hop_length * factor
    return certain, likely


def _weights(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().cpu() for name, value in module.state_dict().items()}


def _bins_per_octave(frequencies: NDArray[np.float64]) -> int:
    if len(frequencies) < 2:
        return 12
    return round(1 / math.log2(frequencies[1] / frequencies[0]))


def _rate(
    kernels: NDArray[np.complex128], frequencies: NDArray[np.float64], factor: int = 1
) -> int | None:
    """Sampling rate in Hz, from how fast the kernels turn; None where they do not tell."""
    turn = np.angle((kernels[:, 1:] * kernels[:, :-1].conj()).sum(axis=1))
    clear = turn > 0.02  # radians per sample; below, rounding blurs them
    if not clear.any():
        return None
    rates = factor * 2 * np.pi * frequencies[clear] / turn[clear]
    estimate = float(np.median(rates))
    whole = round(estimate)
    # The float32 kernels of every bin agree, unless they were trained.
    if np.abs(rates - whole).max() < 1e-4 * whole and abs(estimate - whole) < 0.1:
        return whole
    # Trained kernels turn about as fast as they did.
    usual = [known for known in _USUAL_RATES if abs(known / estimate - 1) < 0.02]
    return usual[0] if usual else None


def _filter_scale(
    frequencies: NDArray[np.float64], lengths: Tensor, bins_per_octave: int, rate: float
) -> Arguments:
    """The simplest scale that rounds up to these lengths."""
    found = lengths.double().numpy()
    at_scale_one = rate / frequencies / (2 ** (1 / bins_per_octave) - 1)
    lowest, highest = float(((found - 1) / at_scale_one).max()), float((found / at_scale_one).min())
    if lowest < 1 <= highest * (1 + 1e-7):
        return {"filter_scale": 1}
    if lowest > highest:
        return {}
    scale = nice((lowest + highest) / 2, tolerance=(highest - lowest) / (lowest + highest))
    return {"filter_scale": scale}
