"""THE table: one row per configuration of a layer.

The tests of the layers and of the exporters run every property over every row, so that adding a
layer is adding a row. Importing this builds nothing.
"""

from __future__ import annotations

from layers.rows import (
    cfp,
    cqt,
    cqt_octaves,
    gammatonegram,
    griffin_lim,
    icqt,
    inverse_mel,
    istft,
    mel,
    mfcc,
    stft,
)
from layers.rows.row import Row

__all__ = ["ROWS", "Row"]

_MODULES = (
    stft,
    istft,
    mel,
    mfcc,
    gammatonegram,
    cfp,
    cqt,
    cqt_octaves,
    griffin_lim,
    inverse_mel,
    icqt,
)
ROWS: tuple[Row, ...] = tuple(row for module in _MODULES for row in module.ROWS)
