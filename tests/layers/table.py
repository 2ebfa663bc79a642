"""THE table: one row per configuration of a layer.

The tests of the layers and of the exporters run every property over every row, so that adding a
layer is adding a row, in a file of :mod:`layers.rows`. Importing this builds nothing.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from layers import rows
from layers.rows.row import Row

__all__ = ["ROWS", "Row"]

_NAMES = sorted(path.stem for path in Path(rows.__path__[0]).glob("*.py"))
_MODULES = [import_module(f"layers.rows.{name}") for name in _NAMES if name != "__init__"]
ROWS: tuple[Row, ...] = tuple(row for module in _MODULES for row in getattr(module, "ROWS", ()))
