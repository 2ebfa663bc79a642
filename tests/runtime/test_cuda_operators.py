"""The table of operators with CUDA kernels against onnx.defs, and what it says of graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
import pytest
from nnaudio_runtime import Fallback, cuda_fallbacks
from nnaudio_runtime.engines.cuda_operators import CUDA_OPSETS, NEWEST_OPSET
from nnaudio_runtime.files.onnx_file import read_onnx
from onnx import TensorProto, defs, helper

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("op_type", CUDA_OPSETS)
def test_ranges_begin_and_end_where_onnx_revised_the_operator(op_type: str) -> None:
    """A kernel takes since-versions, so no range can end within one."""
    first, last = CUDA_OPSETS[op_type]
    since = {s.since_version for s in defs.get_all_schemas_with_history() if s.name == op_type}
    assert first in since
    assert last == NEWEST_OPSET or last + 1 in since


def test_known_fallbacks_and_the_default_opset() -> None:
    for missing in ("STFT", "DFT", "Atan", "Col2Im", "MelWeightMatrix"):
        assert missing not in CUDA_OPSETS
    assert CUDA_OPSETS["Pad"][1] == 18
    assert CUDA_OPSETS["ConvTranspose"][1] == 21
    for used in ("Conv", "ConvTranspose", "MatMul", "Pad", "Reshape", "Transpose", "Sqrt", "Log"):
        first, last = CUDA_OPSETS[used]
        assert first <= 18 <= last


def test_a_convolution_is_ready(conv_path: Path) -> None:
    assert cuda_fallbacks(conv_path) == []
    assert cuda_fallbacks(str(conv_path)) == []
    assert cuda_fallbacks(read_onnx(conv_path)) == []


@pytest.fixture
def saved(tmp_path: Path, model_of_graph: Callable[..., onnx.ModelProto]) -> Callable[..., Path]:
    """Saves a graph of single nodes."""

    def save(nodes: list[onnx.NodeProto], opset: int) -> Path:
        info = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n"])
        path = tmp_path / "nodes.onnx"
        onnx.save(model_of_graph(helper.make_graph(nodes, "g", [info], [info]), None, opset), path)
        return path

    return save


@pytest.mark.parametrize(
    ("op_type", "opset", "reason"),
    [
        ("Pad", 18, None),
        ("Pad", 19, "has a CUDA kernel at opset 2 to 18, the graph has opset 19"),
        ("ConvTranspose", 21, None),
        ("ConvTranspose", 22, "has a CUDA kernel at opset 1 to 21, the graph has opset 22"),
        ("Atan", 18, "has no CUDA kernel"),
        ("STFT", 18, "has no CUDA kernel"),
        ("Constant", 18, None),
        ("MatMul", NEWEST_OPSET, None),
        ("MatMul", NEWEST_OPSET + 1, "is newer than the table"),
    ],
)
def test_single_nodes(
    saved: Callable[..., Path], op_type: str, opset: int, reason: str | None
) -> None:
    found = cuda_fallbacks(saved([helper.make_node(op_type, ["x"], ["y"], name="node")], opset))
    assert [(f.node, f.op_type) for f in found] == ([("node", op_type)] if reason else [])
    assert all(reason in f.reason for f in found if reason)


def test_other_domains_are_not_vouched_for(saved: Callable[..., Path]) -> None:
    node = helper.make_node("FusedConv", ["x"], ["y"], name="f", domain="com.microsoft")
    [fallback] = cuda_fallbacks(saved([node], 18))
    assert fallback == Fallback("f", "FusedConv", "domain com.microsoft is not in the table")
