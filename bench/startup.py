"""How long the commands take to print their help, and the package to be imported."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

METHOD = (
    "Start: a help screen is a whole process, from its start to its end. The import of "
    "nnaudio_export is timed inside a process that has imported torch. Each figure is the median "
    "of 15 fresh processes."
)
_ROUNDS = 15
_COMMANDS = ("nnaudio-run", "nnaudio-export")
_IMPORT = """
import time, torch
start = time.perf_counter()
from nnaudio_export import MelSpectrogram
print(time.perf_counter() - start)
"""


def measure() -> dict[str, float]:
    """Seconds: of the help by command, and of the import under ``"import"``."""
    found: dict[str, list[float]] = {name: [] for name in (*_COMMANDS, "import")}
    _import_seconds()  # the first process reads the disk and writes the byte code
    for _ in range(_ROUNDS):
        for name in _COMMANDS:
            found[name].append(_help_seconds(name))
        found["import"].append(_import_seconds())
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def _help_seconds(command: str) -> float:
    script = Path(sys.executable).with_name(command)
    start = time.perf_counter()
    subprocess.run([script, "--help"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def _import_seconds() -> float:
    command = [sys.executable, "-c", _IMPORT]
    return float(subprocess.run(command, capture_output=True, check=True).stdout)
