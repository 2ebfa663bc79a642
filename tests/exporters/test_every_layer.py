"""Every row of the table of layers, as a file: eager = ONNX = TorchScript, ready for CUDA."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nnaudio_runtime
import onnx
import pytest
import torch
from layers.table import ROWS, Row

from nnaudio_export import export_onnx, export_torchscript

if TYPE_CHECKING:
    from pathlib import Path

# ONNX Runtime and PyTorch add up the same n_fft products in another order: each is within 2e-6 of
# the definition at n_fft 2048.
SAME = 3e-6

rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)


def assert_same(row: Row, frontend: nnaudio_runtime.Frontend) -> None:
    """Compares file and eager layer at lengths and batches that no export traced."""
    layer = row.make()
    shortest = layer.describe().min_length
    for batch, length in ((1, shortest), (3, 3 * shortest + 7), (2, 5 * shortest + 1009)):
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
