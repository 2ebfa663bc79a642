"""The reader of ONNX files against the onnx package, and against files that are none."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import onnx
import pytest
from conformance.refused import nested_subgraphs
from google.protobuf.message import DecodeError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nnaudio_runtime import Metadata, ModelFileError, load
from nnaudio_runtime.files.onnx_file import Node, read_onnx
from onnx import TensorProto, helper

if TYPE_CHECKING:
    from pathlib import Path


def test_outline_is_what_onnx_reads(conv_path: Path, metadata: Metadata) -> None:
    outline = read_onnx(conv_path)
    model = onnx.load(conv_path)
    assert outline.opsets == {"": 18}
    assert outline.nodes == tuple(Node(n.name, n.op_type, n.domain) for n in model.graph.node)
    assert outline.properties == {p.key: p.value for p in model.metadata_props}
    assert outline.properties == metadata.to_properties()
    assert outline.external_data == ()


def test_nodes_of_subgraphs_and_functions_are_read_too(tmp_path: Path) -> None:
    one = helper.make_tensor("value", TensorProto.FLOAT, [1], [1.0])
    branch = helper.make_graph(
        [helper.make_node("Constant", [], ["y"], name="inner", value=one)],
        "branch",
        [],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])],
    )
    graph = helper.make_graph(
        [
            helper.make_node(
                "If", ["c"], ["y"], name="outer", then_branch=branch, else_branch=branch
            ),
            helper.make_node("Twice", ["y"], ["z"], name="call", domain="own"),
        ],
        "g",
        [helper.make_tensor_value_info("c", TensorProto.BOOL, [])],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, [1])],
    )
    opsets = [helper.make_opsetid("ai.onnx", 18), helper.make_opsetid("own", 1)]
    body = [helper.make_node("Add", ["a", "a"], ["b"], name="body")]
    twice = helper.make_function("own", "Twice", ["a"], ["b"], body, opsets)
    model = helper.make_model(graph, opset_imports=opsets, functions=[twice])
    onnx.save(model, tmp_path / "if.onnx")
    outline = read_onnx(tmp_path / "if.onnx")
    assert [node.name for node in outline.nodes] == ["outer", "inner", "inner", "call", "body"]
    assert outline.opsets == {"": 18, "own": 1}


def test_a_folder_and_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="is a folder, not an ONNX model"):
        load(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"nowhere\.onnx"):
        load(tmp_path / "nowhere.onnx")


def test_every_truncation_is_refused(conv_path: Path) -> None:
    whole = conv_path.read_bytes()
    cuts = [length for length in range(1, len(whole)) if not _parses(whole[:length])]
    for length in cuts:
        conv_path.write_bytes(whole[:length])
        with pytest.raises(ModelFileError, match="truncated or damaged"):
            read_onnx(conv_path)
    # A cut between two fields of the model itself leaves a whole message: nobody can tell.
    assert len(cuts) > 0.9 * len(whole)


def _parses(content: bytes) -> bool:
    try:
        onnx.load_from_string(content)
    except DecodeError:
        return False
    return True


def test_every_node_of_nested_subgraphs_is_read(tmp_path: Path) -> None:
    path = tmp_path / "deep.onnx"
    path.write_bytes(nested_subgraphs(3000))
    assert len(read_onnx(path).nodes) == 3000


# One function's fixtures serve all examples: they are only read.
fuzz = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@fuzz
@given(content=st.binary(max_size=300))
def test_random_bytes_raise_nothing_else(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "random.onnx"
    path.write_bytes(b"\x08\x09" + content)
    with pytest.raises(ModelFileError):
        read_onnx(path)


@fuzz
@given(edits=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=4))
def test_mutations_raise_nothing_else(conv_path: Path, edits: list[tuple[int, int]]) -> None:
    content = bytearray(conv_path.read_bytes())
    for position, byte in edits:
        content[position % len(content)] = byte
    mutant = conv_path.with_name("mutant.onnx")
    mutant.write_bytes(content)
    with contextlib.suppress(ModelFileError):
        outline = read_onnx(mutant)
        Metadata.from_properties(outline.properties)
        assert outline.nodes
