"""What the commands say: readable tables, or JSON, on stdout; remarks on stderr."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Report:
    """Collects results and prints them in one form.

    Args:
        as_json: print JSON instead of tables.
    """

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._items: list[Mapping[str, Any]] = []

    def show(self, result: Mapping[str, Any]) -> None:
        """Prints one result: a JSON object, or a line per key."""
        if self._as_json:
            _print_json(result)
            return
        lines = Table.grid(padding=(0, 2))
        for key, value in result.items():
            if value == {}:
                continue
            lines.add_row(f"[bold]{_words(key)}[/bold]", _text(value))
        _console().print(lines)

    def item(self, result: Mapping[str, Any]) -> None:
        """Adds one of several results."""
        self._items.append(result)

    def finish(self, title: str) -> None:
        """Prints the results that were added: a JSON array, or a table."""
        if self._as_json:
            _print_json(self._items)
            return
        rows = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
        columns = list(dict.fromkeys(key for item in self._items for key in item))
        for column in columns:
            rows.add_column(_words(column), overflow="fold")
        for item in self._items:
            rows.add_row(*(_text(item.get(column, "")) for column in columns))
        _console().print(rows)

    def remark(self, source: Path, remarks: Iterable[str]) -> None:
        """Says on stderr what was done to an input."""
        for remark in remarks:
            print(f"{source}: {remark}", file=sys.stderr)


def _console() -> Console:
    """Stdout; a file or a pipe has no edge to wrap at, and rich would take 80 columns for one."""
    console = Console()
    return console if console.is_terminal else Console(width=1000)


def _words(key: str) -> str:
    return key.replace("_", " ")


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, default=_plain))


def _plain(value: object) -> object:
    """Paths as text, and mappings and tuples of other types as their JSON kin."""
    return str(value) if isinstance(value, Path) else list(value)  # type: ignore[call-overload]


def _text(value: object) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.4g}"  # 16000, not 1.6e+04
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_text(inner)}" for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        separator = " x " if all(isinstance(inner, int) for inner in value) else "\n"
        return separator.join(map(_text, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    # Square brackets would be read as rich's markup.
    return str(value).replace("[", "\\[")
