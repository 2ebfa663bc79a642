"""THE table: one row per configuration of a layer.

The tests of the layers and of the exporters run every property over every row, so that adding a
layer is adding a row. Importing this builds nothing.
"""

from __future__ import annotations

from layers.rows import cqt, gammatonegram, istft, mel, mfcc, stft
from layers.rows.row import Row

__all__ = ["ROWS", "Row"]

ROWS: tuple[Row, ...] = tuple(
    row for module in (stft, istft, mel, mfcc, gammatonegram, cqt) for row in module.ROWS
)
