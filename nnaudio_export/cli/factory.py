"""A module named on the command line, ``package.module:factory``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def made_by(name: str) -> tuple[nn.Module, str]:
    """Makes the module, or takes it where the name is one.

    Modules are looked for in the current folder too, as ``python -m`` does.

    Args:
        name: ``package.module:factory``, a callable without arguments or a module.

    Returns:
        The module, and Python that makes ``module``.

    Raises:
        ValueError: there is none of that name, or it makes no module.
    """
    package, _, attribute = name.partition(":")
    if not package or not attribute:
        raise ValueError(f"--module {name}: must be package.module:factory")
    found = _found(name, package, attribute)
    first = attribute.partition(".")[0]
    source = f"from {package} import {first}; module = {attribute}"
    from torch import nn

    if not isinstance(found, nn.Module):
        if not callable(found):
            raise ValueError(
                f"--module {name}: is a {type(found).__name__}, must be a function without "
                "arguments that makes a torch.nn.Module, or one"
            )
        try:
            found = found()
        except Exception as error:
            raise ValueError(f"--module {name}: the call failed: {_said(error)}") from error
        source += "()"
    if not isinstance(found, nn.Module):
        raise ValueError(
            f"--module {name}: makes a {type(found).__name__}, must make a torch.nn.Module"
        )
    return found, f"{source}.eval()"


def _found(name: str, package: str, attribute: str) -> object:
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        found: object = importlib.import_module(package)
    except Exception as error:
        raise ValueError(f"--module {name}: cannot import {package}: {_said(error)}") from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise ValueError(f"--module {name}: {package} has no {attribute}")
        found = getattr(found, part)
    return found


def _said(error: Exception) -> str:
    """The first line of a message, or the name of the error."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
