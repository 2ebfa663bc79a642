"""The constructors of nnAudio 0.3.4 and nnAudio2 2.0.3, so that neither has to be imported."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_FRAMES: dict[str, object] = {
    "n_fft": 2048,
    "win_length": None,
    "freq_bins": None,
    "hop_length": None,
    "window": "hann",
    "freq_scale": "no",
    "center": True,
    "fmin": 50,
    "fmax": 6000,
    "sr": 22050,
}
_BANDS: dict[str, object] = {
    "sr": 22050,
    "n_fft": 2048,
    "win_length": None,
    "hop_length": 512,
    "window": "hann",
    "center": True,
    "pad_mode": "reflect",
    "power": 2.0,
    "htk": False,
    "fmin": 0.0,
    "fmax": None,
    "norm": 1,
    "trainable_STFT": False,
    "iSTFT": False,  # through **kwargs, as everything that STFT takes
}
_MEL: dict[str, object] = {**_BANDS, "n_mels": 128, "trainable_mel": False}
_CONSTANT_Q: dict[str, object] = {
    "sr": 22050,
    "hop_length": 512,
    "fmin": 32.70,
    "fmax": None,
    "n_bins": 84,
    "bins_per_octave": 12,
    "filter_scale": 1,
    "norm": 1,
    "window": "hann",
    "center": True,
    "pad_mode": "reflect",
}
_MULTIRATE: dict[str, object] = {
    **{name: value for name, value in _CONSTANT_Q.items() if name != "center"},
    "norm": True,
    "basis_norm": 1,
    "earlydownsample": True,
    "output_format": "Magnitude",
}
_CQT1992V2: dict[str, object] = {
    **_CONSTANT_Q,
    "trainable": False,
    "output_format": "Magnitude",
}
_CFP: dict[str, object] = {
    "fr": 2,
    "fs": 16000,
    "hop_length": 320,
    "window_size": 2049,
    "fc": 80,
    "tc": 1 / 1000,
    "g": [0.24, 0.6, 1],
    "NumPerOct": 48,
}

# Class → its constructor's arguments with their defaults; ``verbose``, ``refresh_win`` and
# ``device`` change no number and are left out.
SIGNATURES: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "STFT": {
            **_FRAMES,
            "pad_mode": "reflect",
            "iSTFT": False,
            "trainable": False,
            "output_format": "Complex",
        },
        "iSTFT": {**_FRAMES, "trainable_kernels": False, "trainable_window": False},
        "MelSpectrogram": _MEL,
        "MFCC": {
            **_MEL,
            "n_mfcc": 20,
            "norm": "ortho",  # hides the norm of MelSpectrogram, which keeps its default
            "ref": 1.0,
            "amin": 1e-10,
            "top_db": 80.0,
        },
        "Gammatonegram": {**_BANDS, "n_bins": 64, "trainable_bins": False},
        "CQT1992": {
            **_CONSTANT_Q,
            "fmin": 220,
            "trainable_STFT": False,
            "trainable_CQT": False,
            "output_format": "Magnitude",
        },
        "CQT1992v2": _CQT1992V2,
        "CQT": _CQT1992V2,
        "CQT2010": {**_MULTIRATE, "trainable_STFT": False, "trainable_CQT": False},
        "CQT2010v2": {**_MULTIRATE, "trainable": False},
        "VQT": {**_MULTIRATE, "gamma": 0, "trainable": False},
        "CFP": _CFP,
        "Combined_Frequency_Periodicity": _CFP,
        "Griffin_Lim": {
            "n_fft": None,
            "n_iter": 32,
            "hop_length": None,
            "win_length": None,
            "window": "hann",
            "center": True,
            "pad_mode": "reflect",
            "momentum": 0.99,
        },
        "iCQT": {**_CONSTANT_Q, "n_iter": 32},
    }
)

# What nnAudio takes when the layer is called; a graph has it built in.
CALL_ARGUMENTS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "iSTFT": {"onesided": False, "length": None},
        "iCQT": {"length": None},
        **{
            name: {"normalization_type": "librosa"}
            for name in ("CQT1992", "CQT1992v2", "CQT", "CQT2010", "CQT2010v2", "VQT")
        },
    }
)
WITHOUT_EFFECT = ("verbose", "refresh_win", "device")
