"""The reader of ONNX files against the onnx package, and against files that are none."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from google.protobuf.message import DecodeError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nnaudio_runtime import Metadata, ModelFileError, load
from nnaudio_runtime.files.onnx_file import Node, read_onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Callable
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


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty, not an ONNX model"),
        (b"Dear diary,\nno model today.\n", "is a text file, not an ONNX model"),
        ("Größe: 3 µm\n".encode() * 60, "is a text file, not an ONNX model"),
        (b"fLaC\x00\x00\x00\x22", "is a FLAC file, not an ONNX model"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "is a WAV file, not an ONNX model"),
        (b"\x80\x02}q\x00.", "is a pickle, not an ONNX model"),
        (b"\x18\x00\x00\x00ORTM\x00", "is refused by ONNX Runtime"),
        (b"\xff" * 64, "is unknown binary data, not an ONNX model"),
        (b"\x08\x09", "truncated or damaged ONNX model"),
    ],
)
def test_another_file_is_named_for_what_it_is(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "mel.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=says) as caught:
        load(path)
    assert str(path) in str(caught.value)


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


@pytest.fixture
def external(conv_model: Callable[..., onnx.ModelProto]) -> Callable[[Path, str], None]:
    """Saves a model whose kernels lie at some location."""

    def save(path: Path, location: str) -> None:
        model = conv_model()
        kernels = model.graph.initializer[1]
        data = numpy_helper.to_array(kernels).tobytes()
        kernels.ClearField("raw_data")
        kernels.data_location = TensorProto.EXTERNAL
        entries = {"location": location, "offset": "0", "length": str(len(data))}
        for key, value in entries.items():
            kernels.external_data.add(key=key, value=value)
        path.write_bytes(model.SerializeToString())
        (path.parent / "kernels.bin").write_bytes(data)
        (path.parent.parent / "outside.bin").write_bytes(data)

    return save


def test_weights_beside_the_model_are_used(
    tmp_path: Path,
    external: Callable[[Path, str], None],
    audio: Any,
    reference: Callable[..., Any],
) -> None:
    external(tmp_path / "m.onnx", "kernels.bin")
    frontend = load(tmp_path / "m.onnx", providers="cpu")
    np.testing.assert_allclose(frontend(audio), reference(audio), atol=1e-6)


@pytest.mark.parametrize(
    "location",
    ["../outside.bin", "/etc/passwd", "sub/../../outside.bin", "C:\\secret", "link.bin", "a\0b"],
)
def test_weights_outside_the_folder_are_refused(
    tmp_path: Path, external: Callable[[Path, str], None], location: str
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    external(folder / "m.onnx", location)
    (folder / "link.bin").symlink_to(tmp_path / "outside.bin")
    with pytest.raises(ModelFileError, match="outside its folder") as caught:
        load(folder / "m.onnx")
    assert repr(location) in str(caught.value)


@pytest.mark.parametrize("location", ["gone.bin", "loop.bin", "x" * 5000])
def test_weights_that_are_not_there(
    tmp_path: Path, external: Callable[[Path, str], None], location: str
) -> None:
    external(tmp_path / "m.onnx", location)
    (tmp_path / "loop.bin").symlink_to(tmp_path / "loop.bin")
    with pytest.raises(ModelFileError, match=r"there is none|outside its folder"):
        load(tmp_path / "m.onnx")


def _field(number: int, payload: bytes) -> bytes:
    length, varint = len(payload), b""
    while length > 0x7F:
        varint += bytes([length & 0x7F | 0x80])
        length >>= 7
    return bytes([number << 3 | 2]) + varint + bytes([length]) + payload


def test_no_depth_of_subgraphs_exhausts_the_stack(tmp_path: Path) -> None:
    depth = 3000
    graph = b""
    for _ in range(depth):
        graph = _field(1, _field(4, b"If") + _field(5, _field(6, graph)))
    path = tmp_path / "deep.onnx"
    path.write_bytes(b"\x08\x09" + _field(7, graph) + _field(8, b"\x10\x12"))
    assert len(read_onnx(path).nodes) == depth
    with pytest.raises(ModelFileError, match="refused by ONNX Runtime"):
        load(path, providers="cpu")


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
