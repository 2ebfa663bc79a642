"""Rows of Griffin and Lim's algorithm. Two iterations: more of them magnify rounding."""

from __future__ import annotations

from functools import partial
from typing import Any

from layers import definitions
from layers.rows.row import Row

from nnaudio_export import GriffinLim


def _row(
    name: str,
    n_fft: int = 128,
    hop: int = 32,
    n_iter: int = 2,
    blind_to: tuple[str, ...] = (),
    **changes: Any,
) -> Row:
    return Row(
        id=f"griffin_lim-{name}",
        make=partial(
            GriffinLim,
            n_fft=n_fft,
            hop_length=hop,
            n_iter=n_iter,
            sr=2000,  # ten minutes are then no more frames than those of speech
            verbose=False,
            **changes,
        ),
        definition=partial(definitions.griffin_lim, n_fft=n_fft, hop=hop, n_iter=n_iter, **changes),
        # Each repetition magnifies rounding: where the rebuilt spectrum nearly vanishes, its phase
        # is uncertain. Measured: 5e-6 for noise; 2e-4 for chirps and pulses, whose overlapping
        # frames cancel in whole bins.
        tolerance=5e-4,
        blind_to=blind_to,
        bins=n_fft // 2 + 1,
        frame=n_fft,
        magnitudes=True,
        magnifies=5.0,
        bfloat16=0.06,  # five transforms instead of one; measured: 0.035
    )


ROWS = (
    _row("default"),
    _row("start", n_iter=0),
    _row("momentum", momentum=0.5),
    _row("length", length=150),
    _row("win_length", hop=20, win_length=80, pad_mode="constant", window="hamming"),
    _row("odd-n_fft", n_fft=101, hop=25),
    # Without padding, the pulses' ends are divided by almost nothing.
    _row("not-centred", blind_to=("impulse",), center=False),
)
