"""The command ``nnaudio-export``; its options come from the layers' own signatures."""

import sys


def main() -> None:
    """Entry point: says which extra to install where typer is missing."""
    try:
        from nnaudio_export.cli.app import app
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        sys.exit('nnaudio-export needs the extra [cli]: pip install "nnaudio-export[cli]"')
    app(prog_name="nnaudio-export")
