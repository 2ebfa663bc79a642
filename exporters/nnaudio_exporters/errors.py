"""The errors of the exporters. Wrong arguments are ValueError, wrong paths OSError."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnaudio_exporters.proof.parity import ParityReport


class ExportError(RuntimeError):
    """The module cannot be exported; the first line says why. No file was written."""


class ParityError(ExportError):
    """The exported graph does not compute what the module computes. No file was written.

    Attributes:
        report: the table of errors.
    """

    def __init__(self, report: ParityReport, remark: str = "") -> None:
        ending = f"\n{remark}" if remark else ""
        super().__init__(f"the exported graph differs from the eager module\n{report}{ending}")
        self.report = report


def cause(error: BaseException) -> str:
    """The innermost message's first line: the reason, before PyTorch's own advice."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else 'no message'}"
