"""What a live nnAudio layer still says about its constructor's arguments.

It does not keep them all. Some stand in attributes; some follow from shapes, from lists of
frequencies or from the kernels themselves, as long as these are not trained.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from nnaudio_export.kernels.windows import centred_window
from nnaudio_export.nnaudio.recover_cqt import (
    Arguments,
    constant_q,
    multirate,
    nice,
    variable_q,
)


def recover(module: nn.Module, layer: str) -> tuple[Arguments, Arguments]:
    """Arguments of a live layer: those it holds, and those that most likely were given."""
    certain, likely = _RECOVER[layer](module)
    return (
        {name: value for name, value in certain.items() if value is not None or name in _NONE},
        {name: value for name, value in likely.items() if value is not None},
    )


# Arguments for which None is a value.
_NONE = ("freq_bins", "top_db")


def _attributes(module: nn.Module, **names: str) -> Arguments:
    """Argument → attribute of the same meaning."""
    return {
        argument: getattr(module, attribute)
        for argument, attribute in names.items()
        if hasattr(module, attribute)
    }


def _stft(module: Any) -> tuple[Arguments, Arguments]:
    certain = _attributes(
        module,
        n_fft="n_fft",
        win_length="win_length",
        freq_bins="freq_bins",
        hop_length="stride",
        window="window",
        center="center",
        pad_mode="pad_mode",
        iSTFT="iSTFT",
        trainable="trainable",
        output_format="output_format",
    )
    n_fft = int(certain["n_fft"])
    bins, frequencies = np.asarray(module.bin_list), np.asarray(module.bins2freq)
    scale = getattr(module, "freq_scale", None) or _scale(bins)
    loudest = int(np.argmax(bins))
    sr = nice(frequencies[loudest] * n_fft / bins[loudest], 1e-12) if bins[loudest] else None
    if scale == "no":
        return {**certain, "freq_scale": scale, "sr": sr}, {}
    count = len(bins)
    if count < 2:
        return {**certain, "freq_scale": scale, "sr": sr}, {"fmin": float(frequencies[0])}
    # The scale ends one step above its last bin.
    steps = count / (count - 1)
    if scale == "linear":
        fmax = frequencies[0] + (frequencies[-1] - frequencies[0]) * steps
    else:
        fmax = frequencies[0] * (frequencies[-1] / frequencies[0]) ** steps
    limits = {"fmin": nice(float(frequencies[0])), "fmax": nice(float(fmax))}
    return {**certain, "freq_scale": scale, "sr": sr}, limits


def _scale(bins: NDArray[np.float64]) -> str:
    """The scale of these bins, which nnAudio 0.3.4 does not name."""
    if np.array_equal(bins, np.arange(len(bins))):
        return "no"
    if len(bins) > 2 and np.allclose(np.diff(bins, 2), 0, atol=1e-9 * bins[-1]):
        return "linear"
    return "log"


def _istft(module: Any) -> tuple[Arguments, Arguments]:
    certain = _attributes(
        module,
        n_fft="n_fft",
        win_length="win_length",
        hop_length="stride",
        center="center",
        freq_scale="freq_scale",
    )
    certain["trainable_kernels"] = isinstance(module.kernel_sin, nn.Parameter)
    certain["trainable_window"] = isinstance(module.window_mask, nn.Parameter)
    return certain, {"sr": 22050}


def _bands(module: Any) -> tuple[Arguments, Arguments]:
    inner, likely = _stft(module.get_submodule("stft"))
    certain = {
        name: inner[name]
        for name in ("n_fft", "win_length", "hop_length", "window", "center", "pad_mode", "sr")
    }
    certain |= _attributes(module, power="power", trainable_STFT="trainable_STFT")
    return certain | {"iSTFT": inner.get("iSTFT", False)}, likely


def _mel(module: Any) -> tuple[Arguments, Arguments]:
    certain, likely = _bands(module)
    mels = _attributes(module, trainable_mel="trainable_mel")
    return certain | mels | {"n_mels": module.mel_basis.shape[0]}, likely


def _mfcc(module: Any) -> tuple[Arguments, Arguments]:
    certain, likely = _mel(module.get_submodule("melspec_layer"))
    own = _attributes(module, n_mfcc="n_mfcc", top_db="top_db")
    # They were rounded to float32.
    rounded = {"ref": nice(float(module.ref), 1e-7), "amin": nice(float(module.amin), 1e-7)}
    return certain | own, likely | rounded


def _gammatonegram(module: Any) -> tuple[Arguments, Arguments]:
    certain, likely = _bands(module)
    own = _attributes(module, trainable_bins="trainable_bins")
    return certain | own | {"n_bins": module.gammatone_basis.shape[0]}, likely


def _cfp(module: Any) -> tuple[Arguments, Arguments]:
    certain = _attributes(module, window_size="window_size", hop_length="hop_length", g="g")
    fs = round(1 / float(module.q[1]))
    fr = nice(fs / module.N, 1e-4)
    likely: Arguments = {"fs": fs, "fr": fr, "tc": 1 / ((module.HighFreqIdx - 1) * fr)}
    # Two points on the rising edge of a triangle say where it begins and where its top is. The
    # widest filters have most points.
    frequencies, filters = np.asarray(module.f), module.freq2logfreq_matrix.double().numpy()
    for row in range(len(filters) - 1, 0, -1):
        rising = np.flatnonzero(filters[row])[:2]
        if len(rising) < 2 or rising[1] >= filters[row].argmax():
            continue
        width = np.diff(frequencies[rising])[0] / np.diff(filters[row][rising])[0]
        begin = frequencies[rising[0]] - filters[row][rising[0]] * width
        likely["NumPerOct"] = round(1 / math.log2((begin + width) / begin))
        likely["fc"] = nice(float(begin) / 2 ** ((row - 1) / likely["NumPerOct"]), 1e-4)
        break
    return certain, likely


def _griffin_lim(module: Any) -> tuple[Arguments, Arguments]:
    names = ("n_fft", "n_iter", "hop_length", "win_length", "center", "pad_mode", "momentum")
    certain = _attributes(module, **{name: name for name in names})
    # It keeps the values of the window, not its name.
    values = module.w.double().cpu().numpy()
    for window in _WINDOWS:
        known = centred_window(window=window, win_length=len(values), n_fft=len(values))
        if np.allclose(values, known, atol=1e-6):
            certain["window"] = window
    return certain, {}


_WINDOWS = ("hann", "hamming", "blackman", "blackmanharris", "bartlett", "boxcar", "cosine")


_RECOVER: dict[str, Callable[[Any], tuple[Arguments, Arguments]]] = {
    "STFT": _stft,
    "iSTFT": _istft,
    "MelSpectrogram": _mel,
    "MFCC": _mfcc,
    "Gammatonegram": _gammatonegram,
    "CQT1992": constant_q,
    "CQT1992v2": constant_q,
    "CQT": constant_q,
    "iCQT": constant_q,
    "CQT2010": multirate,
    "CQT2010v2": multirate,
    "VQT": variable_q,
    "CFP": _cfp,
    "Combined_Frequency_Periodicity": _cfp,
    "Griffin_Lim": _griffin_lim,
}
