"""Where and with what the numbers were made, in words."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from pathlib import Path

_PACKAGES = (
    "nnaudio-export",
    "torch",
    "onnxruntime",
    "onnxruntime-gpu",
    "onnx",
    "onnxscript",
    "librosa",
    "nnaudio2",
    "numpy",
    "scipy",
)


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def describe() -> dict[str, str]:
    """Date, machine and versions."""
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    installed = {d.name.lower(): d.version for d in importlib.metadata.distributions()}
    versions = [f"Python {platform.python_version()}"]
    versions += [f"{name} {installed[name]}" for name in _PACKAGES if name in installed]
    return {
        "Date": today,
        "Machine": f"{_processor()}, {cores()} cores, {platform.system()}",
        "Versions": ", ".join(versions),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
