"""Rows of the mel spectrogram."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import librosa
import numpy as np
from layers import definitions
from layers.definitions import Real
from layers.rows.row import Array, Input, Row
from layers.rows.tolerances import POWER_512, POWER_2048

from nnaudio_export import MelSpectrogram


def mel_of(
    audio: Real,
    *,
    sr: float,
    n_fft: int,
    hop_length: int,
    win_length: int | None = None,
    window: str = "hann",
    center: bool = True,
    pad_mode: str = "reflect",
    norm: int | str | None = 1,
    **arguments: Any,
) -> Real:
    spectrum = definitions.stft(
        audio,
        n_fft=n_fft,
        hop=hop_length,
        win_length=win_length,
        window=window,
        center=center,
        pad_mode=pad_mode,
    )
    return definitions.mel(spectrum, sr=sr, n_fft=n_fft, area=norm is not None, **arguments)


def for_librosa(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """librosa's defaults differ from nnAudio's in the padding; its norm is 'slaney'."""
    changed = {"pad_mode": "reflect", **arguments}
    if changed.get("norm") == 1:
        changed["norm"] = "slaney"
    return changed


TRAINABLE = {"trainable_mel": ("mel.matrix",), "trainable_STFT": ("stft.bank.kernel",)}


def _mel_row(
    name: str, tolerance: float = POWER_512, blind_to: tuple[str, ...] = (), **changes: Any
) -> Row:
    arguments = {"sr": 22050, "n_fft": 512, "hop_length": 128, "n_mels": 32} | changes

    def reference(audio: Input) -> Array:
        return np.asarray(librosa.feature.melspectrogram(y=audio, **for_librosa(arguments)))

    return Row(
        id=f"mel-{name}",
        make=partial(MelSpectrogram, verbose=False, **arguments),
        definition=partial(mel_of, **arguments),
        tolerance=tolerance,
        reference=reference,
        reference_tolerance=3e-6,
        trainable=TRAINABLE,
        blind_to=blind_to,
    )


ROWS = (
    _mel_row("slaney"),
    _mel_row("2048", POWER_2048, n_fft=2048, hop_length=512, n_mels=128),
    _mel_row("htk", htk=True),
    _mel_row("unit-peak", norm=None),
    _mel_row("norm-by-name", norm="slaney", pad_mode="constant"),
    _mel_row("magnitude", power=1.0),
    # Rounding of 1e-7 to the power of 0.6 is no longer small: bins without energy count.
    _mel_row("loudness", 1e-5, blind_to=("dc",), power=0.6),
    # The third power has three times the relative error.
    _mel_row("cube", 3e-6, power=3.0),
    # No filter of the next two reaches down to 0 Hz.
    _mel_row(
        "speech",
        blind_to=("dc",),
        sr=16000,
        n_fft=400,
        hop_length=160,
        n_mels=40,
        fmin=60,
        fmax=7600,
    ),
    _mel_row(
        "htk-unit-peak",
        blind_to=("dc",),
        sr=8000,
        n_mels=20,
        htk=True,
        norm=None,
        fmin=125,
        fmax=3800,
    ),
    _mel_row("not-centred", center=False, win_length=400, hop_length=150, window="hamming"),
    _mel_row("odd-n_fft", n_fft=401, hop_length=100),
)
