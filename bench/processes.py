"""Runs a task in a fresh process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOT = Path(__file__).parents[1]
# With glibc's defaults a process may give the memory of every result back and fetch it anew, page
# by page, in the next call: times then tell who shares the process, by up to a factor of three.
KEEP_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**32)}
_THREADS = ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "NUMBA", "VECLIB_MAXIMUM")


class TaskError(Exception):
    """A task failed; the process has said why on stderr."""


def run_task(
    task: str,
    *,
    threads: int = 1,
    environment: Mapping[str, str] | None = None,
    **arguments: object,
) -> Any:
    """Runs one of :data:`bench.worker.TASKS`.

    Args:
        task: its name.
        threads: that every library of the process may use.
        environment: further variables for the process.
        **arguments: of the task, as JSON.

    Returns:
        What it returned, through JSON.

    Raises:
        TaskError: it failed.
    """
    own = {f"{library}_NUM_THREADS": str(threads) for library in _THREADS}
    own |= environment or {}
    own["NNAUDIO_DISABLE_CITATION_REMINDER"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, "-m", "bench.worker", task, json.dumps(arguments), str(result)]
        ended = subprocess.run(
            command, env=os.environ | own, cwd=_ROOT, stdout=subprocess.DEVNULL, check=False
        )
        if ended.returncode:
            raise TaskError(f"the task {task!r} failed, see above")
        return json.loads(result.read_text())
