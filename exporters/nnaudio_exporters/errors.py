"""What is wrong with an export. Wrong arguments are ValueError, wrong paths OSError."""

from __future__ import annotations


class ExportError(RuntimeError):
    """The module cannot be exported; the first line says why. No file was written."""


def cause(error: BaseException) -> str:
    """The innermost message's first line: the reason, before PyTorch's own advice."""
    while error.__cause__ is not None:
        error = error.__cause__
    return headline(error)


def headline(error: BaseException) -> str:
    """An error's kind and the first line of its message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else 'no message'}"
