"""``nnaudio-export mobile MODEL [-o FILE]``: an ONNX file for ONNX Runtime on phones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Optional

import typer

from nnaudio_export.cli.messages import fail


def mobile(
    model: Annotated[Path, typer.Argument(help="An .onnx file that nnaudio-export wrote.")],
    output: Annotated[
        Optional[Path],  # noqa: UP045  (typer reads it at run time, on Python 3.10 too)
        typer.Option("--output", "-o", help="The .ort file; by default the model's own name."),
    ] = None,
    style: Annotated[
        str, typer.Option(help="fixed, for the CPU; runtime, for CoreML and NNAPI.")
    ] = "fixed",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Convert to ONNX Runtime's .ort format, with the list of operators for a reduced build."""
    from nnaudio_exporters import ExportError, export_ort
    from nnaudio_runtime import SelfTestError

    try:
        result = export_ort(model, output, style=style)
    except (ValueError, OSError, ExportError, SelfTestError) as error:
        fail(error)
    if as_json:
        report = {
            "path": str(result.path),
            "size": result.size,
            "config": str(result.config),
            "operators": result.operators,
            "selftest": result.selftest,
            "properties": result.metadata.to_properties(),
        }
        typer.echo(json.dumps(report, indent=2))
    else:
        typer.echo(str(result))
