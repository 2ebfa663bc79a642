"""What other processes take of the machine: a time made beside busy ones is worth little."""

from __future__ import annotations

import os
import time
from pathlib import Path

_STAT = Path("/proc/stat")
_IDLE = slice(3, 5)  # idle and waiting for input or output
_GUEST = slice(8, None)  # counted in the others already


class Neighbours:
    """Counts from its making on; on Linux only."""

    def __init__(self) -> None:
        self._start = time.perf_counter(), _busy() - _own()

    def __str__(self) -> str:
        """In words."""
        if not _STAT.exists():
            return "unknown on this system"
        start, others = self._start
        cores = (_busy() - _own() - others) / (time.perf_counter() - start)
        return f"took {max(cores, 0.0):.2f} cores while speed was measured"


def _busy() -> float:
    """Seconds that all cores together have worked since the machine started."""
    if not _STAT.exists():
        return 0.0
    ticks = [int(field) for field in _STAT.read_text().split("\n")[0].split()[1:]]
    return (sum(ticks) - sum(ticks[_IDLE]) - sum(ticks[_GUEST])) / os.sysconf("SC_CLK_TCK")


def _own() -> float:
    """Seconds of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
