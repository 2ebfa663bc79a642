"""Writes the files that the contenders load."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bench.contenders import contenders_of, onnxruntime_stft, ours
from bench.contenders.matrices import write_matrices
from bench.inputs import write_input

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.workloads import Workload


def write_files(workloads: Sequence[Workload], folder: Path) -> dict[str, dict[str, Any]]:
    """Writes inputs, matrices and graphs of every work.

    Returns:
        Key of the work -> ``sizes`` of the files by contender, and the ``plan`` of lowering.
    """
    from nnaudio_export import export_onnx, export_torchscript, lower

    written: dict[str, dict[str, Any]] = {}
    for work in workloads:
        write_matrices(work, folder)
        write_input(work, folder)
        taking_part = contenders_of(work)
        layer = ours.layer_of(work)
        fast, plan = lower(layer)
        # Lowered once for both, as each export would do by itself. These are proved against the
        # lowered form, which is the quicker one; the accuracy section compares with the textbook.
        export_onnx(fast, ours.ONNX.file(work, folder), lower=False)
        if ours.TORCHSCRIPT.name in taking_part:
            export_torchscript(fast, ours.TORCHSCRIPT.file(work, folder), lower=False)
        if ours.TEXTBOOK.name in taking_part:
            export_onnx(layer, ours.TEXTBOOK.file(work, folder), lower=False)
        if onnxruntime_stft.STFT_OP.name in taking_part:
            onnxruntime_stft.write_graph(work, folder)
        files = {name: c.file(work, folder) for name, c in taking_part.items() if c.suffix}
        written[work.key] = {
            "sizes": {name: path.stat().st_size for name, path in files.items()},
            "plan": [asdict(part) for part in plan.parts],
        }
    return written


def time_of_export(work: Workload, folder: Path) -> dict[str, float]:
    """Seconds of a process's first export, which also loads PyTorch's exporter, and the second."""
    from nnaudio_export import export_onnx

    layer = ours.layer_of(work)
    seconds = {}
    for turn in ("first", "second"):
        start = time.perf_counter()
        export_onnx(layer, folder / "timed.onnx")
        seconds[turn] = time.perf_counter() - start
    return seconds
