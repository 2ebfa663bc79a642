"""The figures of the constant-Q family on whole recordings; ``pytest -s`` prints them.

Errors are the largest difference over the largest value.
"""

from __future__ import annotations

from typing import Any

import librosa
import numpy as np
import pytest
import torch
from layers.rows.cqt import with_librosas_wavelets
from layers.test_figures import worst
from numpy.typing import NDArray

from nnaudio_export import CQT1992, CQT2010, VQT, CQT1992v2, CQT2010v2

EXACT_LIMIT = 3e-6
SPECTRAL_LIMIT = 1e-5
# The low-passes of the octaves stop 100 dB.
OCTAVES_LIMIT = 1e-4
# librosa's windows are half a sample late at the rate of each octave, these half a sample early.
LIBROSA_LIMIT = 2e-2
FULL: dict[str, Any] = {
    "sr": 22050,
    "hop_length": 512,
    "fmin": 32.70,
    "n_bins": 84,
    "bins_per_octave": 12,
}


def pairs(spectrum: NDArray[np.complex128]) -> NDArray[np.float64]:
    return np.stack([spectrum.real, spectrum.imag], axis=-1)


@pytest.mark.parametrize("gamma", [0, 20.0, None])
def test_time_domain(gamma: float | None) -> None:
    layer: Any = CQT1992v2 if gamma == 0 else VQT
    arguments = FULL if gamma == 0 else FULL | {"gamma": gamma}
    worst(
        f"{layer.__name__} gamma={gamma} against librosa's wavelets in float64",
        EXACT_LIMIT,
        layer(output_format="Complex", verbose=False, **arguments),
        lambda audio: pairs(with_librosas_wavelets(audio, **FULL, gamma=gamma)),
    )


def test_spectral() -> None:
    arguments: dict[str, Any] = {
        "output_format": "Complex",
        "verbose": False,
        "fmin": 220,
        "n_bins": 60,
    }
    exact = CQT1992v2(**arguments)
    worst(
        "CQT1992 against CQT1992v2",
        SPECTRAL_LIMIT,
        CQT1992(**arguments),
        lambda audio: exact(torch.from_numpy(audio))[0].numpy(),
    )


@pytest.mark.parametrize("hop_length", [512, 441])
@pytest.mark.parametrize("output_format", ["Magnitude", "Complex"])
@pytest.mark.parametrize("layer", [CQT2010v2, CQT2010])
def test_by_octaves(layer: Any, output_format: str, hop_length: int) -> None:
    """All frames, those at the borders too."""
    arguments: dict[str, Any] = {
        "output_format": output_format,
        "verbose": False,
        "hop_length": hop_length,
    }
    exact = CQT1992v2(**arguments)
    worst(
        f"{layer.__name__} {output_format} hop_length={hop_length} against CQT1992v2",
        OCTAVES_LIMIT,
        layer(**arguments),
        lambda audio: exact(torch.from_numpy(audio))[0].numpy(),
    )


@pytest.mark.parametrize("layer", [CQT1992v2, CQT2010v2, CQT2010])
def test_against_librosa(layer: Any) -> None:
    """Frames that the borders do not reach: librosa mirrors each octave of its resampled audio."""
    cqt = layer(verbose=False)
    inner = slice(12, -12)  # 12 hops of 512 are half of the longest wavelet
    worst(
        f"{layer.__name__} against librosa.cqt",
        LIBROSA_LIMIT,
        lambda audio: cqt(audio)[:, :, inner],
        lambda audio: abs(librosa.cqt(audio, sr=22050, fmin=32.70, tuning=0.0, pad_mode="reflect"))[
            :, inner
        ],
    )
