"""Rows of the mel-frequency cepstral coefficients."""

from __future__ import annotations

from functools import partial
from typing import Any

import librosa
import numpy as np
from layers import definitions
from layers.definitions import Real
from layers.rows.mel import TRAINABLE, for_librosa, mel_of
from layers.rows.row import Array, Input, Row
from layers.rows.tolerances import DECIBEL, DECIBEL_OF_ROUNDING

from nnaudio_export import MFCC


def _mfcc_row(name: str, tolerance: float = DECIBEL, **changes: Any) -> Row:
    mel: dict[str, Any] = {"sr": 22050, "n_fft": 512, "hop_length": 128, "n_mels": 32} | {
        key: value for key, value in changes.items() if key in ("n_fft", "hop_length", "n_mels")
    }
    level = {key: value for key, value in changes.items() if key in ("ref", "amin", "top_db")}
    n_mfcc = changes.get("n_mfcc", 20)
    norm = changes.get("norm", "ortho")

    def definition(audio: Real) -> Real:
        decibel = definitions.decibel(mel_of(audio, **mel), **level)
        return definitions.dct(decibel, n_mfcc, ortho=norm == "ortho")

    def reference(audio: Input) -> Array:
        power = librosa.feature.melspectrogram(y=audio, **for_librosa(mel))
        decibel = librosa.power_to_db(power, **level)
        return np.asarray(librosa.feature.mfcc(S=decibel, n_mfcc=n_mfcc, norm=norm, sr=mel["sr"]))

    return Row(
        id=f"mfcc-{name}",
        make=partial(MFCC, n_mfcc=n_mfcc, norm=norm, verbose=False, **mel, **level),
        definition=definition,
        tolerance=tolerance,
        reference=reference,
        reference_tolerance=tolerance,
        trainable={
            argument: tuple(f"melspec_layer.{name}" for name in names)
            for argument, names in TRAINABLE.items()
        },
    )


ROWS = (
    _mfcc_row("default"),
    _mfcc_row("2048", n_fft=2048, hop_length=512, n_mels=128),
    _mfcc_row("ref-amin", ref=0.01, amin=1e-5, n_mfcc=13),
    _mfcc_row("top_db-40", top_db=40.0),
    _mfcc_row("top_db-none", DECIBEL_OF_ROUNDING, top_db=None),
    _mfcc_row("plain-dct", norm=None, n_mfcc=32),
)
