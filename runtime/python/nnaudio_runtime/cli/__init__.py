"""The command ``nnaudio-run``: runs an exported front end on audio files."""

from __future__ import annotations

import sys

from nnaudio_runtime.errors import AudioError, ModelFileError, ProviderError, SelfTestError
from nnaudio_runtime.extras import require

# What a user can mend; anything else is a fault of ours and keeps its traceback.
EXPECTED = (AudioError, ModelFileError, ProviderError, SelfTestError, OSError, ImportError)


def main() -> None:
    """Runs the command; an expected error is one line on stderr and exit code 1."""
    try:
        require("typer", "cli")
        require("rich", "cli")
        from nnaudio_runtime.cli.app import app

        app()
    except EXPECTED as error:
        sys.exit(f"nnaudio-run: {_message(error)}")


def _message(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
