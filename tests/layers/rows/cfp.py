"""Rows of the combined frequency and periodicity."""

from __future__ import annotations

from functools import partial
from typing import Any

from layers import definitions
from layers.rows.row import Row

from nnaudio_export import CFP

TRAINABLE = {
    "trainable_bins": ("frequency.matrix", "periodicity.matrix"),
    "trainable_STFT": ("bank.kernel",),
}
SMALL: dict[str, Any] = {"fr": 20, "fs": 4000, "hop_length": 80, "window_size": 151}


def _row(name: str, **changes: Any) -> Row:
    arguments = SMALL | changes
    size = int(arguments["fs"] / arguments["fr"])
    return Row(
        id=f"cfp-{name}",
        make=partial(CFP, **arguments),
        definition=lambda audio: definitions.combined_frequency_periodicity(audio, **arguments)[0],
        tolerance=2e-5,
        # The cepstrum of a flat spectrum, which an impulse has, is rounding.
        weight=partial(definitions.periodic_frames, **arguments),
        trainable=TRAINABLE,
        # Between the lines of a tone or a constant there is rounding, 1e-7 of the loudest, which
        # to the power of 0.24 is 2 % of it.
        blind_to=("chirp", "full_scale", "dc"),
        # 1e-8 of a spectrum, to the power of 0.24, is 1e-2: what is small is magnified.
        # Worst is ten samples of noise, whose spectrum is nearly flat: measured are 9e-5.
        magnifies=60,
        bfloat16=0.15,
        frame=size,
    )


ROWS = (
    _row("default"),
    _row("odd-size", fr=19, hop_length=64, window_size=150, NumPerOct=12),
    _row("two-exponents", g=[0.3, 1], fc=100, NumPerOct=24),
    _row("four-exponents", g=[0.3, 0.6, 1, 1], fc=100, NumPerOct=24),
)
