"""Every row of the table of layers, as a file: eager = ONNX = TorchScript (= ExecuTorch)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nnaudio_runtime
import onnx
import pytest
import torch
from layers.table import ROWS, Row

from nnaudio_export import export_executorch, export_onnx, export_torchscript

if TYPE_CHECKING:
    from pathlib import Path

# ONNX Runtime and PyTorch add up the same n_fft products in another order: each is within 2e-6 of
# the definition at n_fft 2048.
SAME = 3e-6

rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)


# An export takes seconds: here is one of each kind of graph.
IN_EXECUTORCH = (
    "istft-one-sided",
    "mfcc-default",
    "cqt1992v2-Magnitude",
    "cqt2010v2-Magnitude",
)


def assert_same(
    row: Row, frontend: nnaudio_runtime.Frontend, batches: tuple[int, int, int] = (1, 3, 2)
) -> None:
    """Compares file and eager layer at lengths and batches that no export traced."""
    layer = row.make()
    shortest = layer.describe().min_length
    lengths = (shortest, 3 * shortest + 7, 5 * shortest + 1009)
    for batch, length in zip(batches, lengths, strict=True):
        x = row.example("noise", length, batch)
        expected, found = layer(torch.from_numpy(x)).detach().numpy(), frontend(x)
        for a, b, item in zip(found, expected, x, strict=True):
            assert row.error(a, b, item) <= SAME * row.magnifies, x.shape


@rows
def test_onnx(row: Row, tmp_path: Path) -> None:
    layer = row.make()
    result = export_onnx(layer, tmp_path / "layer.onnx")
    frontend = nnaudio_runtime.load(tmp_path / "layer.onnx", providers="cpu")
    assert_same(row, frontend)
    frontend.selftest()  # raises where a probe is off
    # ONNX Runtime has no arctangent on CUDA; the angle is the one output that needs it.
    allowed = {"Atan"} if "Phase" in row.id else set()
    assert {node.op_type for node in result.cuda_fallbacks} == allowed
    names = {
        dim.dim_param
        for value in [*onnx.load(tmp_path / "layer.onnx").graph.output]
        for dim in value.type.tensor_type.shape.dim
    }
    assert names <= {"batch", "frames", "samples", ""}


@rows
def test_torchscript(row: Row, tmp_path: Path) -> None:
    export_torchscript(row.make(), tmp_path / "layer.pt")
    frontend = nnaudio_runtime.load(tmp_path / "layer.pt", providers="cpu")
    assert_same(row, frontend)
    assert frontend.info is not None
    assert frontend.output_names == (row.make().describe().output_name,)


@pytest.mark.xdist_group("executorch")
@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.id in IN_EXECUTORCH], ids=lambda r: r.id
)
def test_executorch(row: Row, tmp_path: Path) -> None:
    export_executorch(row.make(), tmp_path / "layer.pte")
    frontend = nnaudio_runtime.load(tmp_path / "layer.pte")
    assert_same(row, frontend, batches=(1, 1, 1))
    frontend.selftest()
    assert frontend.output_names == (row.make().describe().output_name,)
