"""``nnaudio-export prove FILE --module package.module:factory``: is the file still its module?"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Optional

import typer

from nnaudio_export.cli.messages import fail, messages

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def prove(
    file: Annotated[Path, typer.Argument(help="A file that nnaudio-export wrote.")],
    module: Annotated[
        str, typer.Option(help="package.module:factory, which makes the module of the file.")
    ],
    search: Annotated[
        Optional[str],  # noqa: UP045  (typer reads it at run time, on Python 3.10 too)
        typer.Option(help="How long to look for a counter-example, e.g. 60s or 5m."),
    ] = None,
    tolerance: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(help="Largest error; that of the export where not given."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Compare a file with the module that it was made from, and look for a counter-example.

    Exit code 0: it holds; 1: it fails; 2: it cannot be checked.
    """
    try:
        seconds = None if search is None else _seconds(search)
    except ValueError as error:
        fail(error, 2)
    from nnaudio_exporters import ExportError
    from nnaudio_exporters import prove as prove_file
    from nnaudio_runtime import ModelFileError

    from nnaudio_export.cli.factory import made_by
    from nnaudio_export.cli.proof_json import parity_json, search_json

    try:
        made, source = made_by(module)
        with messages.status(f"Proving {file} ..."):
            proof = prove_file(made, file, search=seconds, tolerance=tolerance)
    except ExportError as error:
        fail(error, 1)
    except (ValueError, OSError, ImportError, ModelFileError) as error:
        fail(error, 2)
    if as_json:
        report = {
            "path": str(proof.path),
            "passed": proof.passed,
            "parity": parity_json(proof.parity),
            "search": proof.search and search_json(proof.search, source),
        }
        typer.echo(json.dumps(report, indent=2))
    else:
        typer.echo(proof.text(source))
    if not proof.passed:
        raise typer.Exit(1)


def _seconds(text: str) -> float:
    """A time in seconds.

    Raises:
        ValueError: it is none, or not above 0.

    Example:
        >>> _seconds("90"), _seconds("60s"), _seconds("1.5m")
        (90.0, 60.0, 90.0)
    """
    found = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)(s|min|m|h)?", text.strip())
    seconds = float(found[1]) * _UNITS[found[2] or ""] if found else 0.0
    if seconds <= 0:
        raise ValueError(f"--search {text}: must be a time above 0, like 60s or 5m")
    return seconds
