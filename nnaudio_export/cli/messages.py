"""What the commands say beside their results, on stderr."""

from __future__ import annotations

from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape

messages = Console(stderr=True, highlight=False, emoji=False)


def fail(error: Exception, code: int = 1) -> NoReturn:
    """Ends the command with an error in one line and an exit code."""
    messages.print(f"[red]Error:[/red] {escape(str(error))}", soft_wrap=True)
    raise typer.Exit(code)
