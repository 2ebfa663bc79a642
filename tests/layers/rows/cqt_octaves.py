"""Rows of the constant-Q transforms that go down octave by octave."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from layers import definitions
from layers.definitions import Real, Spectrum
from layers.rows.cqt import FORMATS, SMALL, phase_weight
from layers.rows.row import Row

from nnaudio_export import CQT2010, CQT2010v2

# Three octaves, the lowest incomplete. The shortest audio is 348 samples.
OCTAVES: dict[str, Any] = SMALL | {"fmin": 200.0, "n_bins": 32}
# Sums of 100 products behind up to four low-passes: measured are 1.5e-6.
SUM = 3e-6
# Windows come from a table of 2^15 values.
TABLE = 1e-8

TRAINABLE: dict[object, dict[str, tuple[str, ...]]] = {
    CQT2010v2: {"trainable": ("bank.kernel",)},
    CQT2010: {"trainable_STFT": ("bank.kernel",), "trainable_CQT": ("bank.matrix",)},
}


def _row(
    layer: Callable[..., Any],
    name: str,
    output_format: str = "Magnitude",
    *,
    early: int = 0,
    tolerance: float = SUM,
    **changes: Any,
) -> Row:
    arguments = OCTAVES | changes
    defined = dict(arguments)
    if "basis_norm" in defined:
        defined["norm"] = defined.pop("basis_norm")
    defined.pop("earlydownsample", None)
    transform: Callable[[Real], Spectrum] = partial(
        definitions.cqt_by_octaves, early=early, **defined
    )
    longest = definitions.filter_length(
        arguments["fmin"], arguments["sr"], arguments["bins_per_octave"]
    )
    return Row(
        id=f"{name}-{output_format}",
        make=partial(layer, output_format=output_format, verbose=False, **arguments),
        definition=lambda audio: FORMATS[output_format](transform(audio)),
        tolerance=tolerance,
        double_tolerance=TABLE,
        measure="circle" if output_format == "Phase" else "relative",
        weight=(lambda audio: phase_weight(transform(audio), output_format))
        if output_format in ("Phase", "CosSin")
        else None,
        trainable=TRAINABLE[layer],
        blind_to=("dc",),
        frame=2 * -(-int(longest + 1) // 2),
    )


ROWS = (
    _row(CQT2010v2, "cqt2010v2", hop_length=128),
    _row(CQT2010v2, "cqt2010v2", "Complex"),
    # Odd: nothing is ever left out.
    _row(CQT2010v2, "cqt2010v2-odd-hop", "Phase", hop_length=63),
    _row(CQT2010v2, "cqt2010v2-norm", "CosSin", hop_length=90, basis_norm=2, pad_mode="constant"),
    _row(CQT2010v2, "cqt2010v2-early", "Complex", sr=16000, fmin=100.0, early=1, n_bins=42),
    # The shortest chirp passes these bins where its one frame begins and ends: the output is a
    # hundredth of what passes by. Measured are 6e-6.
    _row(
        CQT2010v2,
        "cqt2010v2-not-early",
        tolerance=1e-5,
        sr=16000,
        fmin=400.0,
        n_bins=15,
        earlydownsample=False,
        center=False,
    ),
    _row(CQT2010, "cqt2010", "Complex"),
    _row(CQT2010, "cqt2010-early", sr=16000, fmin=100.0, early=1, n_bins=42, hop_length=50),
)
