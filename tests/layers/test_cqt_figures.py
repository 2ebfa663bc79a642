"""The figures of the constant-Q family on whole recordings; ``pytest -s`` prints them.

Errors are the largest difference over the largest value.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from layers.rows.cqt import with_librosas_wavelets
from layers.test_figures import worst
from numpy.typing import NDArray

from nnaudio_export import VQT, CQT1992v2

EXACT_LIMIT = 3e-6
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
