"""A user of nnAudio changes an import line: same arguments, same numbers."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import numpy as np
import pytest
import torch
from signals import noise

from nnaudio_export import features

SHARED = (
    "STFT",
    "iSTFT",
    "MelSpectrogram",
    "MFCC",
    "Gammatonegram",
    "CFP",
    "Combined_Frequency_Periodicity",
    "Griffin_Lim",
    "CQT",
    "CQT1992",
    "CQT1992v2",
    "CQT2010",
    "CQT2010v2",
    "VQT",
)
# Defaults that cannot be taken over: 84 bins from 220 Hz would end above half the sampling rate.
OTHER_DEFAULTS = {("CQT1992", "n_bins"): 60}
# nnAudio's own figure, float32 against float32.
LIMIT = 1e-5


@pytest.fixture
def nnaudio(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("NNAUDIO_DISABLE_CITATION_REMINDER", "1")  # it prints on import
    return importlib.import_module("nnAudio2.features")


@pytest.mark.parametrize("name", SHARED)
def test_arguments(nnaudio: Any, name: str) -> None:
    theirs = inspect.signature(getattr(nnaudio, name)).parameters.values()
    ours = inspect.signature(getattr(features, name)).parameters.values()
    shared = [p for p in ours if p.kind is not p.KEYWORD_ONLY]
    assert [(p.name, p.kind, p.default) for p in shared] == [
        (p.name, p.kind, OTHER_DEFAULTS.get((name, p.name), p.default)) for p in theirs
    ]


SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("STFT", {}),
    ("STFT", {"n_fft": 512, "win_length": 400, "hop_length": 160, "output_format": "Magnitude"}),
    ("STFT", {"n_fft": 512, "freq_bins": 100, "pad_mode": "constant"}),
    ("STFT", {"n_fft": 512, "center": False, "window": "hamming"}),
    *(
        ("STFT", {"n_fft": 512, "freq_bins": 60, "freq_scale": scale, "fmin": 80, "fmax": 5000})
        for scale in ("linear", "log", "log2")
    ),
    ("MelSpectrogram", {}),
    ("MelSpectrogram", {"n_fft": 512, "hop_length": 128, "n_mels": 40, "htk": True, "norm": None}),
    ("MelSpectrogram", {"n_fft": 512, "n_mels": 30, "power": 1.0, "fmin": 60, "fmax": 7000}),
    ("Gammatonegram", {}),
    ("Gammatonegram", {"sr": 16000, "n_fft": 512, "n_bins": 40, "power": 1.0, "fmin": 50}),
    ("Gammatonegram", {"n_fft": 401, "htk": True, "norm": None, "fmax": 7000}),
    ("MFCC", {"n_fft": 512, "hop_length": 128, "n_mels": 40}),
    ("MFCC", {"n_fft": 512, "n_mels": 40, "n_mfcc": 13, "ref": 0.1, "amin": 1e-6, "top_db": 60.0}),
]


@pytest.mark.parametrize(("name", "settings"), SETTINGS, ids=str)
def test_numbers(nnaudio: Any, name: str, settings: dict[str, Any]) -> None:
    theirs = getattr(nnaudio, name)(verbose=False, **settings)
    ours = getattr(features, name)(verbose=False, **settings)
    audio = torch.from_numpy(np.stack([noise(8000, seed) for seed in (0, 1)]))
    expected, found = theirs(audio), ours(audio)
    assert found.shape == expected.shape
    assert (found - expected).abs().max() <= LIMIT * expected.abs().max()


def test_phase(nnaudio: Any) -> None:
    audio = torch.from_numpy(noise(8000))
    spectrum = nnaudio.STFT(n_fft=512, verbose=False, output_format="Magnitude")(audio)
    theirs = nnaudio.STFT(n_fft=512, verbose=False, output_format="Phase")(audio)
    ours = features.STFT(n_fft=512, verbose=False, output_format="Phase")(audio)
    distance = torch.polar(spectrum, ours) - torch.polar(spectrum, theirs)
    assert distance.abs().max() <= LIMIT * spectrum.max()


def test_inverse(nnaudio: Any) -> None:
    audio = torch.from_numpy(np.stack([noise(8000, seed) for seed in (0, 1)]))
    spectrum = features.STFT(n_fft=512, verbose=False)(audio)
    theirs = nnaudio.iSTFT(n_fft=512, verbose=False)(spectrum, onesided=True, length=8000)
    ours = features.iSTFT(n_fft=512, verbose=False)(spectrum, onesided=True, length=8000)
    assert ours.dtype == torch.float32  # nnAudio gives float64
    assert (ours - theirs).abs().max() <= LIMIT


def test_spellings() -> None:
    assert features.iSTFT is features.ISTFT
    import nnaudio_export

    for name in ("STFT", "ISTFT", "MelSpectrogram", "MFCC", "Gammatonegram"):
        assert getattr(features, name) is getattr(nnaudio_export, name)
        assert name in features.__all__
