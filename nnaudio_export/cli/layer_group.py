"""The commands of a format: one for each layer, made when it is asked for.

PyTorch takes a second to import; the help of ``nnaudio-export`` itself does without.
"""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from nnaudio_export.layers import LAYERS

FORMATS = {
    "onnx": "Write an ONNX file.",
    "torchscript": "Write a TorchScript file.",
    "executorch": "Write an ExecuTorch program.",
}


# Any: newer versions of typer have their own copy of click.
class LayerGroup(TyperGroup):
    """A group of commands whose name is one of :data:`FORMATS`."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """The layers, in the order of their list."""
        return [entry.name for entry in LAYERS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """The command of a layer."""
        entry = next((entry for entry in LAYERS if entry.name == cmd_name), None)
        if entry is None:
            return None
        from nnaudio_export.cli.layer_command import layer_command

        assert self.name is not None
        alone = typer.Typer(add_completion=False)
        alone.command(cmd_name)(layer_command(entry.load(), self.name))
        return typer.main.get_command(alone)
