"""Rows of the short-time Fourier transform."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import librosa
import numpy as np
from layers import definitions
from layers.definitions import Real, Spectrum
from layers.rows.row import Array, Input, Row
from layers.rows.tolerances import SUM_512, SUM_2048

from nnaudio_export import STFT

PadMode = Literal["reflect", "constant"]
_FORMATS: dict[str, Callable[[Spectrum], Real]] = {
    "Magnitude": lambda spectrum: np.abs(spectrum),
    "Complex": definitions.as_pairs,
    "Phase": definitions.phase,
    "CosSin": definitions.cos_sin,
}


def _stft_row(
    name: str,
    output_format: str,
    *,
    n_fft: int = 256,
    hop: int = 64,
    tolerance: float = SUM_512,
    window: str | tuple[str, float] = "hann",
    win_length: int | None = None,
    center: bool = True,
    pad_mode: PadMode = "reflect",
    freq_scale: str = "no",
    freq_bins: int | None = None,
    fmin: float = 80.0,
    fmax: float = 8000.0,
    sr: float = 22050,
) -> Row:
    frequencies = None
    if freq_scale != "no":
        bins = freq_bins or n_fft // 2 + 1
        frequencies = definitions.spaced_frequencies(freq_scale, bins, fmin, fmax)

    def spectrum(audio: Real) -> Spectrum:
        full = definitions.stft(
            audio,
            n_fft=n_fft,
            hop=hop,
            win_length=win_length,
            window=window,
            center=center,
            pad_mode=pad_mode,
            frequencies=frequencies,
            sr=sr,
        )
        return full[:freq_bins]

    def weight(audio: Real) -> Real:
        # A phase counts by its magnitude; below 1e-4 of the loudest, it is rounding.
        magnitude = np.abs(spectrum(audio))
        relative = magnitude / max(magnitude.max(), 1e-12)
        relative[relative < 1e-4] = 0
        return relative[..., None] if output_format == "CosSin" else relative

    def reference(audio: Input) -> Array:
        full = librosa.stft(
            audio,
            n_fft=n_fft,
            hop_length=hop,
            win_length=win_length,
            window=window,
            center=center,
            pad_mode=pad_mode,
        )
        return _FORMATS[output_format](full[:freq_bins])

    # librosa 0.11 mirrors the end of the audio at the wrong sample with n_fft=2, hop_length=1.
    is_phase = output_format in ("Phase", "CosSin")
    return Row(
        id=f"stft-{name}-{output_format}",
        make=partial(
            STFT,
            n_fft=n_fft,
            win_length=win_length,
            freq_bins=freq_bins,
            hop_length=hop,
            window=window,
            freq_scale=freq_scale,
            center=center,
            pad_mode=pad_mode,
            fmin=fmin,
            fmax=fmax,
            sr=sr,
            output_format=output_format,
            verbose=False,
        ),
        definition=lambda audio: _FORMATS[output_format](spectrum(audio)),
        tolerance=tolerance,
        reference=reference if freq_scale == "no" and n_fft > 2 else None,
        reference_tolerance=2e-6,
        measure="circle" if output_format == "Phase" else "relative",
        weight=weight if is_phase else None,
        trainable={"trainable": ("bank.kernel",)},
    )


ROWS = (
    *(_stft_row("uniform", output) for output in _FORMATS),
    *(
        _stft_row(scale, output, freq_scale=scale, freq_bins=40)
        for scale in ("linear", "log", "log2")
        for output in _FORMATS
    ),
    _stft_row("default-bins", "Complex", freq_scale="log"),
    _stft_row("2048", "Complex", n_fft=2048, hop=512, tolerance=SUM_2048),
    _stft_row("2048", "Magnitude", n_fft=2048, hop=512, tolerance=SUM_2048),
    _stft_row("win_length", "Complex", n_fft=512, hop=160, win_length=400),
    _stft_row("odd-n_fft", "Complex", n_fft=401, hop=100),
    _stft_row("odd-win_length", "Magnitude", n_fft=512, hop=100, win_length=301),
    _stft_row("freq_bins", "Magnitude", n_fft=512, hop=128, freq_bins=100),
    _stft_row("not-centred", "Complex", n_fft=512, hop=128, center=False),
    _stft_row("zero-padded", "Magnitude", n_fft=512, hop=128, pad_mode="constant"),
    _stft_row("zero-padded-odd", "Complex", n_fft=401, hop=100, pad_mode="constant"),
    _stft_row("hop-no-divisor", "Complex", n_fft=512, hop=150),
    _stft_row("hop-beyond-frame", "Complex", n_fft=128, hop=200),
    _stft_row("kaiser", "Magnitude", n_fft=512, hop=128, window=("kaiser", 14.0)),
    _stft_row("smallest", "Complex", n_fft=2, hop=1, window="boxcar"),
)
