"""``nnaudio-export check MODEL --provider NAME``: which nodes an execution provider takes."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from nnaudio_export.cli.messages import fail


class ProviderName(str, Enum):
    """An execution provider of ONNX Runtime."""

    CUDA = "cuda"
    COREML = "coreml"
    NNAPI = "nnapi"
    XNNPACK = "xnnpack"
    WEBGPU = "webgpu"


def check(
    model: Annotated[Path, typer.Argument(help="An .onnx file.")],
    provider: Annotated[ProviderName, typer.Option(help="The execution provider.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Show which nodes a provider of ONNX Runtime takes, which not, and what to do about it.

    Exit code 0: it takes all of them; 1: some run on the CPU; 2: the file cannot be checked.
    """
    from nnaudio_exporters import check_provider

    try:
        report = check_provider(model, provider.value)
    except (ValueError, OSError) as error:
        fail(error, 2)
    if as_json:
        result = {
            "path": str(report.path),
            "provider": report.provider,
            "source": report.source,
            "remark": report.remark,
            "complete": report.complete,
            "taken": len(report.nodes) - len(report.refused),
            "pieces": report.pieces,
            "work_share": report.work_share,
            "nodes": [verdict._asdict() for verdict in report.nodes],
        }
        typer.echo(json.dumps(result, indent=2))
    else:
        typer.echo(str(report))
    if not report.complete:
        raise typer.Exit(1)
