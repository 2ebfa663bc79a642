"""``nnaudio-export``: a group of commands for each format, and commands on files."""

import typer

from nnaudio_export.cli.check import check
from nnaudio_export.cli.layer_group import FORMATS, LayerGroup
from nnaudio_export.cli.mobile import mobile
from nnaudio_export.cli.prove import prove

app = typer.Typer(
    help="Export audio front ends to files that are proved to compute the same as PyTorch.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for name, text in FORMATS.items():
    app.add_typer(typer.Typer(cls=LayerGroup, help=text, no_args_is_help=True), name=name)
app.command()(mobile)
app.command()(check)
app.command()(prove)
