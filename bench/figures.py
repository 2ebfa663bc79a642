"""The figures that have a limit. A new one is a new entry of :func:`figures`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.results import Results

_EXPORT_SECONDS = 10.0
_OVERHEAD_MICROSECONDS = 30.0
_OVERHEAD_AT = 1.0  # second of audio


@dataclass(frozen=True)
class Figure:
    """A number and what it must not exceed; None where it is for information."""

    what: str
    value: float
    unit: str
    limit: float | None

    @property
    def met(self) -> bool:
        return self.limit is None or self.value <= self.limit


def figures(results: Results) -> Iterator[Figure]:
    """All figures of a run but the accuracy, which has a table of its own."""
    first, second = results.export["first"], results.export["second"]
    yield Figure("export of MelSpectrogram, first of a process", first, "s", _EXPORT_SECONDS)
    yield Figure("export of MelSpectrogram, second", second, "s", None)
    for row in results.overhead:
        yield Figure(
            f"runtime over a bare session, {row['seconds']:g} s of 16 kHz audio",
            row["microseconds"],
            "µs",
            _OVERHEAD_MICROSECONDS if row["seconds"] == _OVERHEAD_AT else None,
        )
