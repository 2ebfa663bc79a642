"""Rows of the inverse constant-Q transform."""

from __future__ import annotations

from functools import partial
from typing import Any

from layers import definitions
from layers.rows.row import Row

from nnaudio_export import ICQT


def _row(
    name: str,
    tolerance: float = 2e-6,
    magnifies: float = 1.0,
    bfloat16: float = 0.06,
    **changes: Any,
) -> Row:
    arguments: dict[str, Any] = {
        "sr": 8000,
        "hop_length": 32,
        "fmin": 1000.0,
        "n_bins": 12,
        "n_iter": 3,
    } | changes
    return Row(
        id=f"icqt-{name}",
        make=partial(ICQT, verbose=False, **arguments),
        definition=partial(definitions.icqt, **arguments),
        # Three pairs of transforms instead of one. Measured: 1e-6.
        tolerance=tolerance,
        bins=arguments["n_bins"],
        frame=64,
        magnifies=magnifies,
        bfloat16=bfloat16,
    )


ROWS = (
    _row("reflect"),
    # Spectrograms that no audio has: the iterations turn to what hardly shows in any frame, and
    # magnify rounding with it. Measured: 3e-5 for a constant in four frames, 9e-6 for the others.
    _row("default-iterations", tolerance=6e-5, magnifies=5.0, bfloat16=0.15, n_iter=8),
    _row("zero-padded-length", pad_mode="constant", length=310),
    _row("length", length=300),
    _row("not-centred", center=False, normalization_type="wrap"),
    _row("l2-kaiser", norm=2, window=("kaiser", 8.0), normalization_type="convolutional"),
)
