"""Writes the files that the contenders load."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.contenders import CONTENDERS, onnxruntime_stft, ours
from bench.contenders.matrices import write_matrices

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.works import Work


def write_files(works: Sequence[Work], folder: Path) -> dict[str, dict[str, int]]:
    """Exports every work.

    Returns:
        Key of the work -> name of the contender -> bytes of its file.
    """
    from nnaudio_export import export_onnx, export_torchscript

    sizes: dict[str, dict[str, int]] = {}
    for work in works:
        layer = ours.layer_of(work)
        export_onnx(layer, ours.ONNX.file(work, folder))
        export_torchscript(layer, ours.TORCHSCRIPT.file(work, folder))
        write_matrices(work, folder)
        if work.transform in onnxruntime_stft.STFT_OP.builders:
            onnxruntime_stft.write_graph(work, folder)
        files = {name: c.file(work, folder) for name, c in CONTENDERS.items() if c.suffix}
        sizes[work.key] = {
            name: path.stat().st_size for name, path in files.items() if path.exists()
        }
    return sizes


def time_of_export(work: Work, folder: Path) -> dict[str, float]:
    """Seconds of a process's first export, which also loads PyTorch's exporter, and the second."""
    from nnaudio_export import export_onnx

    layer = ours.layer_of(work)
    seconds = {}
    for turn in ("first", "second"):
        start = time.perf_counter()
        export_onnx(layer, folder / "timed.onnx")
        seconds[turn] = time.perf_counter() - start
    return seconds
