"""The graph that a file holds, traced by ``torch.export`` with its open axes left open."""

from __future__ import annotations

from typing import Any

import torch
from nnaudio_runtime.quiet import quiet
from torch.export import ExportedProgram
from torch.fx import Node
from torch.fx.experimental import _config

from nnaudio_exporters.errors import ExportError, cause
from nnaudio_exporters.prepare.inputs import LENGTH_AXES
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.prepare.recurrence import with_recurrences
from nnaudio_exporters.prepare.users_code import place_of


def traced(prepared: PreparedModule, format_name: str) -> ExportedProgram:
    """Traces what the file will compute.

    Args:
        prepared: the module.
        format_name: for the message.

    Raises:
        ExportError: PyTorch cannot express the module as a graph.
    """
    shapes = tuple(
        {
            index: torch.export.Dim.DYNAMIC
            for index, axis in enumerate(axes)
            if isinstance(axis, str)
        }
        for axes in prepared.written_inputs.values()
    )
    # A copy: tracing decorates what it is given.
    module = with_recurrences(prepared.written_graph())
    arguments = (module, prepared.example())
    options: dict[str, Any] = {"dynamic_shapes": shapes if any(shapes) else None}
    try:
        # A size of 1 in the example (one frame) is no reason to take an axis for one of fixed size.
        with quiet(), torch.no_grad(), _config.patch(backed_size_oblivious=True):  # type: ignore[attr-defined]
            return torch.export.export(*arguments, **options, strict=False)
    except Exception as error:
        # By its name: its module loads SymPy, which who only asks for help need not wait for.
        if type(error).__name__ != "GuardOnDataDependentSymNode":
            raise ExportError(
                f"the module cannot be exported to {format_name}: {cause(error)}"
            ) from error
        place = f" ({found})" if (found := place_of(error)) else ""
        raise ExportError(
            f"the module cannot be exported to {format_name}: its control flow is data-dependent, "
            f"which way it goes depends on the values of its input{place}, "
            "and a graph has one way for all values: write it with torch.where"
        ) from error


def signal_node(program: ExportedProgram) -> Node:
    """The graph's first input."""
    first = next(iter(program.graph_signature.user_inputs))
    return next(node for node in program.graph.nodes if node.name == first)


def open_sizes(program: ExportedProgram, prepared: PreparedModule) -> dict[str, Any]:
    """The symbols of the open axes of the signal, by ``"batch"`` and ``"length"``."""
    shape = signal_node(program).meta["val"].shape
    axes = next(iter(prepared.written_inputs.values()))
    found = {}
    for axis, size in zip(axes, shape, strict=True):
        if isinstance(axis, str) and isinstance(size, torch.SymInt):
            found["length" if axis in LENGTH_AXES else "batch"] = size.node.expr
    return found
