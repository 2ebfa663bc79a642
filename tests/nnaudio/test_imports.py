"""A user of nnAudio changes the name of the package in an import, and nothing else."""

from __future__ import annotations

import importlib
import inspect
from types import ModuleType

import pytest
from nnaudio.anchors import todays

import nnaudio_export
from nnaudio_export import features
from nnaudio_export.layers.layer import Layer
from nnaudio_export.nnaudio.signatures import SIGNATURES, WITHOUT_EFFECT

# nnAudio's files → the classes that they define.
MODULES = {
    "stft": ("STFT", "iSTFT"),
    "mel": ("MelSpectrogram", "MFCC"),
    "cqt": ("CQT1992", "CQT2010", "CQT1992v2", "CQT2010v2", "CQT", "iCQT"),
    "vqt": ("VQT",),
    "griffin_lim": ("Griffin_Lim",),
}


def _nnaudio2(module: str = "") -> ModuleType:
    with todays():
        return importlib.import_module(f"nnAudio2.features{module}")


@pytest.mark.parametrize("module", MODULES)
def test_modules_of_features(module: str) -> None:
    theirs, ours = (
        _nnaudio2(f".{module}"),
        importlib.import_module(f"nnaudio_export.features.{module}"),
    )
    for name in MODULES[module]:
        assert getattr(theirs, name).__module__ == theirs.__name__
        assert getattr(ours, name) is getattr(features, name)
        assert issubclass(getattr(ours, name), Layer)


def test_features_as_spectrogram() -> None:
    from nnaudio_export import features as Spectrogram  # noqa: N812 - as nnAudio's users write it

    assert Spectrogram.MelSpectrogram(n_fft=64, n_mels=4, verbose=False).mel.matrix.shape == (4, 33)


def test_all_names_are_there() -> None:
    assert set(features.__all__) >= {name for names in MODULES.values() for name in names}
    for name in features.__all__:
        assert getattr(features, name) in {
            getattr(nnaudio_export, n) for n in nnaudio_export.__all__
        }


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures_are_those_of_nnaudio(name: str) -> None:
    """``from_nnaudio`` knows the arguments without importing nnAudio."""
    theirs = inspect.signature(getattr(_nnaudio2(), name)).parameters.values()
    expected = {
        p.name: None if p.default is p.empty else p.default
        for p in theirs
        if p.kind is not p.VAR_KEYWORD and p.name not in WITHOUT_EFFECT
    }
    more = set(SIGNATURES[name]) - set(expected)
    assert {k: v for k, v in SIGNATURES[name].items() if k not in more} == expected
    if more:  # through **kwargs
        assert name in ("MelSpectrogram", "MFCC", "Gammatonegram")
