"""What an ``.onnx`` file says about itself, read without the onnx package and without its weights.

It is read before ONNX Runtime sees the file, so that a damaged or foreign file is refused in
words a person understands, and a file cannot make ONNX Runtime read data outside its folder.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, NamedTuple

from nnaudio_runtime.errors import ModelFileError
from nnaudio_runtime.files.filetype import describe
from nnaudio_runtime.files.wire import WireError, fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Which fields of onnx.proto hold messages that matter here: kind -> field number -> kind.
# Tensors are entered for their external_data only; their values are skipped by length.
_MESSAGES: dict[str, dict[int, str]] = {
    "model": {7: "graph", 8: "opset", 14: "property", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "external"},
    "opset": {},
    "property": {},
    "external": {},
}
_IR_VERSION = 1
_ENTRY_KEY, _ENTRY_VALUE = 1, 2
_OPSET_DOMAIN, _OPSET_VERSION = 1, 2
_NODE_NAME, _NODE_OP_TYPE, _NODE_DOMAIN = 3, 4, 7

Leaves = dict[int, int | memoryview]


class Node(NamedTuple):
    """One node of a graph or of a subgraph in it; the default domain is ``""``."""

    name: str
    op_type: str
    domain: str


@dataclass(frozen=True)
class OnnxFile:
    """The outline of an ONNX model.

    Attributes:
        path: of the file.
        opsets: domain -> version; the default domain is ``""``.
        nodes: of the graph, its subgraphs and functions.
        properties: ``metadata_props``.
        external_data: locations of weights outside the file, relative to its folder.
    """

    path: Path
    opsets: Mapping[str, int]
    nodes: tuple[Node, ...]
    properties: Mapping[str, str]
    external_data: tuple[str, ...]


def read_onnx(path: str | Path) -> OnnxFile:
    """Reads the outline of an ONNX file.

    Args:
        path: of the ``.onnx`` file.

    Raises:
        FileNotFoundError: there is none.
        ModelFileError: it is something else, cut off or damaged, or it asks for external data
            outside its folder. The message names the file and says what it is instead.
    """
    path = Path(path)
    if path.is_dir():
        raise ModelFileError(f"{path} is a folder, not an ONNX model")
    with path.open("rb") as file:
        if not path.stat().st_size:
            raise ModelFileError(f"{path} is empty, not an ONNX model")
        # Not closed by hand: slices of it may live in an exception's frames until those go.
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    try:
        model = _read(path, data)
    except (WireError, UnicodeDecodeError) as error:
        raise ModelFileError(f"{path} is {_what(data)} ({error})") from None
    for location in model.external_data:
        _check_external(path, location)
    return model


def _what(data: memoryview) -> str:
    # An ONNX file begins with its IR version: field 1, a small number.
    if data[0] == _IR_VERSION << 3 and bytes(data[1:2]) < b"\x80":
        return "a truncated or damaged ONNX model: copy or export it again"
    return f"{describe(bytes(data[:512]))}, not an ONNX model"


def _read(path: Path, data: memoryview) -> OnnxFile:
    opsets: dict[str, int] = {}
    nodes: list[Node] = []
    properties: dict[str, str] = {}
    external: dict[str, None] = {}
    for kind, leaves in _walk(data):
        if kind == "model" and not isinstance(leaves.get(_IR_VERSION), int):
            raise WireError("it has no IR version")
        if kind == "opset":
            opsets[_text(leaves, _OPSET_DOMAIN)] = _number(leaves, _OPSET_VERSION)
        elif kind == "node":
            name, op_type = _text(leaves, _NODE_NAME), _text(leaves, _NODE_OP_TYPE)
            nodes.append(Node(name, op_type, _text(leaves, _NODE_DOMAIN)))
        elif kind == "property":
            properties[_text(leaves, _ENTRY_KEY)] = _text(leaves, _ENTRY_VALUE)
        elif kind == "external" and _text(leaves, _ENTRY_KEY) == "location":
            external[_text(leaves, _ENTRY_VALUE)] = None
    if not opsets or not nodes:
        raise WireError(f"it has no {'nodes' if opsets else 'opset'}")
    if "ai.onnx" in opsets:  # the default domain's other name
        opsets.setdefault("", opsets.pop("ai.onnx"))
    return OnnxFile(path, opsets, tuple(nodes), properties, tuple(external))


def _walk(data: memoryview) -> Iterator[tuple[str, Leaves]]:
    """Every message of interest, depth first in the file's order, with its other fields.

    A stack instead of recursion: no depth of subgraphs can exhaust Python's. Every byte is looked
    at once at most, so the time is linear in the file's size.
    """
    stack = [("model", data)]
    while stack:
        kind, message = stack.pop()
        leaves: Leaves = {}
        inner: list[tuple[str, memoryview]] = []
        for number, value in fields(message):
            child = _MESSAGES[kind].get(number)
            if child is None:
                leaves[number] = value
            elif isinstance(value, int):
                raise WireError(f"field {number} of a {kind} is no message")
            else:
                inner.append((child, value))
        yield kind, leaves
        stack.extend(reversed(inner))


def _text(leaves: Leaves, number: int) -> str:
    value = leaves.get(number, memoryview(b""))
    if isinstance(value, int):
        raise WireError(f"field {number} is no text")
    return bytes(value).decode()


def _number(leaves: Leaves, number: int) -> int:
    value = leaves.get(number, 0)
    if not isinstance(value, int):
        raise WireError(f"field {number} is no whole number")
    return value


def _check_external(path: Path, location: str) -> None:
    """Refuses weights that lie anywhere but in the model's own folder, links followed."""
    rooted = PurePosixPath(location).is_absolute() or PureWindowsPath(location).anchor
    folder = path.parent.resolve()
    try:
        target = (folder / location).resolve()
        inside, found = target.is_relative_to(folder), target.is_file()
    except (OSError, RuntimeError, ValueError):  # too long, a loop of links, a null character
        inside = found = False
    if rooted or not inside:
        raise ModelFileError(
            f"{path} asks for data outside its folder ({location!r}): refused. Export it again "
            "with its weights inside or beside it"
        )
    if not found:
        raise ModelFileError(f"{path} needs its weights in {location!r} beside it: there is none")
