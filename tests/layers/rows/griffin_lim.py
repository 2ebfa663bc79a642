"""Rows of Griffin and Lim's algorithm. Two iterations: more of them magnify rounding."""

from __future__ import annotations

from functools import partial
from typing import Any

from layers import definitions
from layers.rows.row import Row

from nnaudio_export import GriffinLim


def _row(name: str, n_fft: int = 128, hop: int = 32, n_iter: int = 2, **changes: Any) -> Row:
    return Row(
        id=f"griffin_lim-{name}",
        make=partial(
            GriffinLim, n_fft=n_fft, hop_length=hop, n_iter=n_iter, verbose=False, **changes
        ),
        definition=partial(definitions.griffin_lim, n_fft=n_fft, hop=hop, n_iter=n_iter, **changes),
        # Each repetition magnifies rounding: where a bin of the rebuilt spectrum is small, its
        # phase is uncertain. Measured over two: 4e-6.
        tolerance=1e-5,
        bins=n_fft // 2 + 1,
        frame=n_fft,
        magnitudes=True,
        bfloat16=0.06,  # five transforms instead of one; measured: 0.035
    )


ROWS = (
    _row("default"),
    _row("start", n_iter=0),
    _row("seed-momentum", seed=7, momentum=0.5),
    _row("length", length=150),
    _row("win_length", hop=20, win_length=80, pad_mode="constant", window="hamming"),
    _row("odd-n_fft", n_fft=101, hop=25),
    _row("not-centred", center=False),
)
