"""Imports what an extra of this distribution brings, or says which extra to install."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


def require(module: str, *extras: str) -> ModuleType:
    """Imports a module that an extra brings.

    ``import nnaudio_runtime`` itself imports none of them, ONNX Runtime included: metadata and
    self-tests are read by the exporters too, TorchScript files need no ONNX Runtime, and loading
    it takes a tenth of a second that ``nnaudio-run --help`` should not cost. So the error comes
    where the module is first needed, and names what to install.

    Args:
        module: its name.
        extras: each of them brings it.

    Raises:
        ImportError: it is not installed. A module that is, but fails to import, says so itself.

    Example:
        >>> require("no_such_module", "cpu", "cuda")
        Traceback (most recent call last):
        ImportError: no_such_module is missing: pip install "nnaudio-runtime[cpu]" (or [cuda])
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        first, *others = (f"[{extra}]" for extra in extras)
        alternative = f" (or {', '.join(others)})" if others else ""
        raise ImportError(
            f'{module} is missing: pip install "nnaudio-runtime{first}"{alternative}', name=module
        ) from None


def onnxruntime() -> ModuleType:
    """ONNX Runtime; two distributions provide the module, each brought by its own extra."""
    return require("onnxruntime", "cpu", "cuda")
