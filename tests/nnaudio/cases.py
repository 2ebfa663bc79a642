"""Every class of nnAudio in the configurations that make a difference to its conversion."""

from __future__ import annotations

from typing import Any

from nnaudio.anchors import PACKAGES, Case, audio, build, run
from torch import Tensor

from nnaudio_export import STFT, features


def _spectrogram(samples: int) -> Tensor:
    found: Tensor = STFT(n_fft=256)(audio(samples))
    return found


def _full_spectrogram(samples: int) -> Tensor:
    from nnaudio_export.layers.istft import _unfold

    return _unfold(_spectrogram(samples), 256)


def _constant_q_spectrogram(samples: int, *, center: bool = True) -> Tensor:
    arguments = {**SHORT, **QUIET, "hop_length": 64, "output_format": "Complex", "center": center}
    (found,) = run(build("nnAudio2", "CQT1992v2", **arguments), audio(samples))
    return found


QUIET: dict[str, Any] = {"verbose": False}
SHORT: dict[str, Any] = {"sr": 8000, "fmin": 200, "n_bins": 36, "hop_length": 128}
# Early downsampling by 16, and two octaves of which the lower has one bin.
EARLY: dict[str, Any] = {"sr": 22050, "fmin": 110, "n_bins": 13, "hop_length": 128}
FOURIER: dict[str, Any] = {"n_fft": 256, **QUIET}
CEPSTRAL: dict[str, Any] = {"fr": 8, "fs": 8000, "window_size": 501, "fc": 100, "NumPerOct": 12}
ALL = PACKAGES

_ALL = (
    Case("STFT", {**FOURIER, "output_format": "Magnitude"}, {"trainable": True}),
    Case("STFT", {**FOURIER, "win_length": 200, "hop_length": 50, "center": False, "sr": 8000}),
    Case("STFT", {**FOURIER, "freq_bins": 256, "pad_mode": "constant", "window": "hamming"}),
    Case(
        "STFT",
        {**FOURIER, "freq_scale": "log", "freq_bins": 40, "fmin": 80, "fmax": 5000},
        {"trainable": True},
    ),
    Case("STFT", {**FOURIER, "freq_scale": "linear", "freq_bins": 40, "fmin": 80, "fmax": 5000}),
    Case(
        "iSTFT",
        FOURIER,
        {"trainable_kernels": True, "trainable_window": True},
        call={"onesided": True},
        input=_spectrogram,
    ),
    Case(
        "iSTFT",
        # Not a Hann window: the first samples would be divided by next to nothing, which makes
        # float32 and nnAudio's float64 differ by 1e-4.
        {**FOURIER, "hop_length": 100, "center": False, "window": "hamming"},
        {"trainable_kernels": True},
        call={"onesided": False, "length": 700},
        input=_full_spectrogram,
    ),
    Case(
        "MelSpectrogram",
        {**FOURIER, "n_mels": 20, "power": 1.0},
        {"trainable_mel": True, "trainable_STFT": True},
    ),
    Case(
        "MelSpectrogram",
        {**FOURIER, "n_mels": 20, "htk": True, "fmin": 60, "norm": None, "sr": 16000},
        {"trainable_mel": True},
    ),
    Case(
        "MFCC",
        {**FOURIER, "n_mels": 20, "n_mfcc": 12, "ref": 0.5, "amin": 1e-6, "top_db": 60.0},
        {"trainable_mel": True},
    ),
    Case("CQT1992", {**SHORT, "output_format": "Complex"}, {"trainable_STFT": True}),
    Case("CQT1992", {**SHORT, "pad_mode": "constant"}, {"trainable_CQT": True}),
    Case("CQT1992v2", {**SHORT, **QUIET, "output_format": "Phase"}, {"trainable": True}),
    Case(
        "CQT1992v2",
        {**SHORT, **QUIET, "window": "hamming", "norm": 2, "filter_scale": 0.7, "center": False},
        {"trainable": True},
    ),
    Case("CQT1992v2", {**SHORT, **QUIET, "fmax": 1500, "output_format": "Complex"}),
    Case("CQT", {**SHORT, **QUIET}, {"trainable": True}, call={"normalization_type": "wrap"}),
    Case(
        "CQT2010",
        {**SHORT, **QUIET, "output_format": "Complex"},
        {"trainable_CQT": True},
        faulty=ALL,
    ),
    Case("CQT2010", {**EARLY, **QUIET}, {"trainable_STFT": True}, faulty=ALL),
    Case(
        "CQT2010v2",
        {**SHORT, **QUIET, "output_format": "Phase", "pad_mode": "constant"},
        {"trainable": True},
        faulty=ALL,
    ),
    Case(
        "CQT2010v2",
        {**EARLY, **QUIET, "filter_scale": 0.5},
        {"trainable": True},
        call={"normalization_type": "convolutional"},
        faulty=ALL,
    ),
    Case("CQT2010v2", {**SHORT, **QUIET, "n_bins": 12, "earlydownsample": False}),
    Case("VQT", {**SHORT, **QUIET}, {"trainable": True}, faulty=("nnAudio",)),
    Case("VQT", {**SHORT, **QUIET, "gamma": 7, "output_format": "Complex"}, faulty=ALL),
    Case("VQT", {**SHORT, **QUIET, "gamma": 7, "hop_length": 150}, faulty=ALL),
    Case("VQT", {**EARLY, **QUIET, "gamma": 20}, {"trainable": True}, faulty=ALL),
    Case(
        "iCQT",
        {**SHORT, **QUIET, "hop_length": 64, "n_iter": 4},
        packages=("nnAudio2",),
        input=_constant_q_spectrogram,
        faulty=ALL,
    ),
    Case(
        "iCQT",
        {**SHORT, **QUIET, "hop_length": 64, "n_iter": 4, "center": False},
        call={"length": 6000},
        packages=("nnAudio2",),
        input=lambda _: _constant_q_spectrogram(6000, center=False),
        faulty=ALL,
    ),
    Case(
        "Gammatonegram",
        {**FOURIER, "n_bins": 16, "power": 1.0},
        {"trainable_bins": True, "trainable_STFT": True},
    ),
    Case("Gammatonegram", {**FOURIER, "n_bins": 16, "fmin": 60, "sr": 16000}),
    # Powers below 1 magnify the rounding of what is small; nnAudio's own float32 is 5e-5 off.
    Case("CFP", CEPSTRAL, tolerance=1e-4),
    Case("Combined_Frequency_Periodicity", {**CEPSTRAL, "g": [0.3, 0.6]}, tolerance=1e-4),
)
# What converts into a layer of ours needs that layer; iCQT brings its own.
CASES = tuple(case for case in _ALL if case.layer == "iCQT" or hasattr(features, case.layer))
