"""Rows of the gammatone spectrogram."""

from __future__ import annotations

from functools import partial
from typing import Any

import librosa
import numpy as np
import scipy.signal
from layers import definitions
from layers.definitions import Real
from layers.rows.row import Array, Input, Row
from layers.rows.tolerances import POWER_512

from nnaudio_export import Gammatonegram


def gammatonegram_of(
    audio: Real,
    *,
    n_fft: int,
    hop_length: int,
    win_length: int | None = None,
    window: str = "hann",
    center: bool = True,
    pad_mode: str = "reflect",
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
    return definitions.gammatonegram(spectrum, n_fft=n_fft, **arguments)


def with_scipys_filters(
    audio: Input,
    *,
    sr: float,
    n_fft: int,
    n_bins: int,
    power: float = 2.0,
    fmin: float = 0.0,
    fmax: float | None = None,
    **frames: Any,
) -> Array:
    """librosa's spectrum, weighted with the responses of SciPy's gammatone filters.

    SciPy multiplies the sections out, which costs it 5e-2 at 50 Hz and 4e-9 at 1000 Hz.
    """
    spectrum = librosa.stft(audio, n_fft=n_fft, **{"pad_mode": "reflect", **frames})
    zero = 24.7 / 0.107939  # in SciPy, a band is 0.107939 f + 24.7 Hz wide
    low, high = np.log([fmin + zero, (fmax or sr / 2) + zero])
    centres = np.exp(np.linspace(low, high, n_bins, endpoint=False)) - zero
    bins = 2 * np.pi * np.arange(n_fft // 2 + 1) / n_fft
    rows = []
    for hz in centres:
        b, a = scipy.signal.gammatone(hz, "iir", fs=sr)
        delay = np.exp(-1j * np.append(bins, 2 * np.pi * hz / sr))
        response = np.abs(np.polyval(b[::-1], delay) / np.polyval(a[::-1], delay))
        rows.append(response[:-1] / response[-1] / n_fft)
    return np.asarray(np.stack(rows) @ np.abs(spectrum) ** power)


def _row(
    name: str,
    tolerance: float = POWER_512,
    blind_to: tuple[str, ...] = (),
    fmin: float = 0.0,
    **changes: Any,
) -> Row:
    arguments: dict[str, Any] = {"sr": 22050, "n_fft": 512, "hop_length": 128, "n_bins": 32}
    arguments |= {"fmin": fmin, **changes}
    return Row(
        id=f"gammatonegram-{name}",
        make=partial(Gammatonegram, verbose=False, **arguments),
        definition=partial(gammatonegram_of, **arguments),
        tolerance=tolerance,
        reference=partial(with_scipys_filters, **arguments) if fmin >= 1000 else None,
        reference_tolerance=3e-6,
        trainable={
            "trainable_bins": ("gammatone.matrix",),
            "trainable_STFT": ("stft.bank.kernel",),
        },
        blind_to=blind_to,
    )


ROWS = (
    _row("default"),
    _row("magnitude", power=1.0, pad_mode="constant", win_length=400),
    _row("not-centred", sr=8000, n_fft=400, center=False, fmin=100, fmax=3500, window="hamming"),
    _row("high", fmin=1000.0, blind_to=("dc",)),
    _row("odd-n_fft", n_fft=401, hop_length=100, n_bins=64, power=3.0),
)
