"""Rows of the inverse mel spectrogram."""

from __future__ import annotations

from functools import partial
from typing import Any

from layers import definitions
from layers.rows.row import Row

from nnaudio_export import InverseMel


def _row(name: str, tolerance: float = 1e-6, magnifies: float = 1.0, **changes: Any) -> Row:
    arguments = {"sr": 22050, "n_fft": 256, "n_mels": 20, "n_iter": 4} | changes
    area = arguments.get("norm", 1) is not None
    definition = {key: value for key, value in arguments.items() if key != "norm"}
    return Row(
        id=f"inverse_mel-{name}",
        make=partial(InverseMel, verbose=False, **arguments),
        definition=partial(definitions.inverse_mel, area=area, **definition),
        # Sums and products of positive numbers. Measured: 4e-7.
        tolerance=tolerance,
        bins=arguments["n_mels"],
        frame=64,
        magnitudes=True,
        magnifies=magnifies,
        bfloat16=0.05 * magnifies,  # measured: 0.02, with momentum 0.16
    )


ROWS = (
    _row("slaney"),
    # Momentum repeats rounding: measured 6e-6.
    _row("default-iterations", tolerance=2e-5, magnifies=5.0, n_iter=32),
    _row("start", n_iter=0, power=1.0),
    _row("htk-unit-peak", htk=True, norm=None, power=1.0),
    _row("band", sr=16000, fmin=300.0, fmax=5000.0, power=1.5),
)
