"""Rows of the constant-Q and variable-Q transform with time-domain kernels."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import librosa
import numpy as np
from layers import definitions
from layers.definitions import Real, Spectrum
from layers.rows.row import Array, Input, Row

from nnaudio_export import CQT, CQT1992, VQT, CQT1992v2

FORMATS: dict[str, Callable[[Spectrum], Real]] = {
    "Magnitude": lambda spectrum: np.asarray(np.abs(spectrum)),
    "Complex": definitions.as_pairs,
    "Phase": definitions.phase,
    "CosSin": definitions.cos_sin,
}
# Short kernels: 346 samples and 24 bins.
SMALL: dict[str, Any] = {
    "sr": 8000,
    "hop_length": 100,
    "fmin": 400.0,
    "n_bins": 24,
    "bins_per_octave": 12,
}
TRAINABLE: dict[object, dict[str, tuple[str, ...]]] = {
    CQT1992: {
        "trainable_STFT": ("bank.kernel",),
        "trainable_CQT": ("bank.projection.matrix",),
    },
}
# Sums of 350 products, as in an STFT of 512: measured are 1.1e-6.
SUM = 2e-6
# On recordings, these bins from 400 Hz up hear a small part of what is there, and the products of
# the rest leave their rounding: 9e-6 for a piano. Over all bins, test_cqt_figures holds 3e-6.
ON_RECORDINGS = 2e-5


def phase_weight(spectrum: Spectrum, output_format: str) -> Real:
    """A phase counts by its magnitude; below 1e-4 of the loudest, it is rounding."""
    magnitude = np.abs(spectrum)
    relative = magnitude / max(magnitude.max(), 1e-12)
    relative[relative < 1e-4] = 0
    return np.asarray(relative[..., None] if output_format == "CosSin" else relative)


def with_librosas_wavelets(
    audio: Input, *, hop_length: int, sr: float, fmin: float, **arguments: Any
) -> Spectrum:
    """Correlation with the wavelets that librosa makes, in float64; centred and reflected."""
    frequencies = librosa.cqt_frequencies(
        arguments["n_bins"], fmin=fmin, bins_per_octave=arguments["bins_per_octave"]
    )
    kernels, lengths = librosa.filters.wavelet(
        freqs=frequencies,
        sr=sr,
        window=arguments.get("window", "hann"),
        filter_scale=arguments.get("filter_scale", 1),
        norm=arguments.get("norm", 1),
        gamma=arguments.get("gamma", 0),
        dtype=np.complex128,
    )
    half = kernels.shape[1] // 2
    padded = np.pad(audio.astype(np.float64), half, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, 2 * half)[::hop_length]
    return np.asarray(np.sqrt(lengths)[:, None] * (kernels.conj() @ frames.T))


def _row(
    layer: Callable[..., Any],
    name: str,
    output_format: str = "Magnitude",
    *,
    tolerance: float = SUM,
    **changes: Any,
) -> Row:
    arguments = SMALL | changes
    transform: Callable[[Real], Spectrum] = partial(definitions.cqt, **arguments)
    if layer is VQT and "norm" in arguments:
        arguments["basis_norm"] = arguments.pop("norm")
    to_librosa = not {"center", "pad_mode", "normalization_type"} & set(changes)

    def reference(audio: Input) -> Array:
        return FORMATS[output_format](with_librosas_wavelets(audio, **SMALL | changes))

    return Row(
        id=f"{name}-{output_format}",
        make=partial(layer, output_format=output_format, verbose=False, **arguments),
        definition=lambda audio: FORMATS[output_format](transform(audio)),
        tolerance=tolerance,
        reference=reference if to_librosa else None,
        reference_tolerance=ON_RECORDINGS,
        measure="circle" if output_format == "Phase" else "relative",
        weight=(lambda audio: phase_weight(transform(audio), output_format))
        if output_format in ("Phase", "CosSin")
        else None,
        trainable=TRAINABLE.get(layer, {"trainable": ("bank.kernel",)}),
        blind_to=("dc",),
        frame=2 * max(-(-int(np.ceil(n)) // 2) for n in _lengths(**arguments)),
    )


def _lengths(
    *,
    sr: float,
    fmin: float,
    bins_per_octave: int,
    filter_scale: float = 1,
    gamma: float | None = 0,
    **_: Any,
) -> list[float]:
    return [definitions.filter_length(fmin, sr, bins_per_octave, filter_scale, gamma)]


ROWS = (
    *(_row(CQT1992v2, "cqt1992v2", output_format) for output_format in FORMATS),
    _row(CQT, "cqt", "Complex", hop_length=64, norm=2, window="hamming", filter_scale=0.7),
    _row(
        CQT1992v2, "cqt1992v2-not-centred", center=False, normalization_type="wrap", hop_length=31
    ),
    _row(
        CQT1992v2,
        "cqt1992v2-24-per-octave",
        "Complex",
        sr=16000,
        fmin=1000.0,
        bins_per_octave=24,
        pad_mode="constant",
        normalization_type="convolutional",
        norm=float("inf"),
    ),
    _row(CQT1992, "cqt1992", "Complex"),
    _row(CQT1992, "cqt1992", norm=None, window="hamming", hop_length=64),
    _row(CQT1992, "cqt1992", "CosSin", center=False),
    _row(VQT, "vqt", "Complex", gamma=30.0, fmin=100.0, n_bins=40),
    _row(VQT, "vqt-erb", gamma=None, fmin=100.0, n_bins=40, norm=2),
    _row(VQT, "vqt-gamma-0", "Complex"),
    # Longer than one sum may be: 2220 samples.
    _row(CQT1992v2, "cqt1992v2-long", "Complex", sr=16000, fmin=125.0, n_bins=4),
)
