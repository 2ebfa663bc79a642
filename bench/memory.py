"""Peak memory of a contender, in a process of its own."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.contenders import CONTENDERS
from bench.contenders.contender import Job
from bench.inputs import read_input

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.workloads import Workload

METHOD = (
    "Memory: each contender in a process of its own, one thread. It imports its libraries, then "
    "prepares (layer or session) and computes three times. The figure is the highest resident "
    "memory from then on minus what was resident before: weights, work space and output, without "
    "the input and the libraries, whose own memory stands in the next column."
)
_RUNS = 3
_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def measure(work: Workload, contender: str, folder: Path) -> dict[str, float]:
    """Bytes that the libraries take, and the most that the work took on top of them."""
    before = _peak()
    CONTENDERS[contender].libraries()
    libraries = _peak() - before
    job = Job(work, read_input(work, folder), folder, threads=1)

    def prepare_and_run() -> None:
        run = CONTENDERS[contender].build(job)
        for _ in range(_RUNS):
            run()

    return {"libraries": libraries, "peak": peak_of(prepare_and_run)}


def peak_of(run: Callable[[], object]) -> float:
    """Highest resident memory while something runs, minus what was resident before, in bytes."""
    _forget_peak()
    start = _peak()
    run()
    return _peak() - start


def _peak() -> float:
    """Highest resident memory in bytes.

    Linux tells it of this program alone; ``ru_maxrss`` may begin with that of the parent.
    """
    if _STATUS.exists():
        line = next(x for x in _STATUS.read_text().splitlines() if x.startswith("VmHWM"))
        return 1024.0 * int(line.split()[1])
    unit = 1.0 if sys.platform == "darwin" else 1024.0
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _forget_peak() -> None:
    """Lowers the peak to what is resident now, where the system can."""
    if _RESET.exists():
        _RESET.write_text("5")
