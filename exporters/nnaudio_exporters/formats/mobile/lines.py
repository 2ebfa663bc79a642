"""Whole signals: padding without Pad, and no axis as long as the signal where that can be helped.

A value that is one signal is followed back to what it is made of: pieces of other values,
forwards or backwards, and zeros. Reflected edges are slices backwards. Where the signal is cut into
rows, the pieces are joined as rows, so that no value between is as long as the signal.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
from onnx import NodeProto

from nnaudio_exporters.formats.mobile.graph import FixedGraph, Rule, Shape, attributes


@dataclass(frozen=True)
class _Piece:
    """Items of a value: from ``start``, ``count`` of them, ``step`` 1 or -1; or zeros."""

    value: str  # empty for zeros
    start: int
    count: int
    step: int

    def part(self, first: int, count: int) -> _Piece:
        return replace(self, start=self.start + first * self.step, count=count)

    @property
    def backwards(self) -> _Piece:
        last = self.start + (self.count - 1) * self.step
        return replace(self, start=last, step=-self.step)


def _cut(line: list[_Piece], first: int, count: int) -> list[_Piece]:
    """The pieces of a part of a line."""
    parts: list[_Piece] = []
    position = 0
    for piece in line:
        begin = max(first - position, 0)
        end = min(first + count - position, piece.count)
        if begin < end:
            parts.append(piece.part(begin, end - begin))
        position += piece.count
    return parts


def _backwards(line: list[_Piece]) -> list[_Piece]:
    return [piece.backwards for piece in reversed(line)]


def _is_line(shape: Shape) -> bool:
    return math.prod(shape) > 0 and math.prod(shape) == max(shape, default=0)


def _line(graph: FixedGraph, value: str) -> list[_Piece]:
    """What a signal is made of; itself where nothing is known."""
    node = graph.producers.get(value)
    length = math.prod(graph.shapes[value])
    itself = [_Piece(value, 0, length, 1)]
    if node is None or value in graph.results or not _is_line(graph.shapes[node.input[0]]):
        return itself
    if node.op_type == "Reshape":
        return _line(graph, node.input[0])
    if node.op_type == "Pad":
        return _padded(graph, node) or itself
    if node.op_type == "Slice":
        return _sliced(graph, node) or itself
    return itself


def _sliced(graph: FixedGraph, node: NodeProto) -> list[_Piece] | None:
    """The pieces of a part of a signal; None where it is taken by steps."""
    bounds = [graph.constants.get(name) for name in node.input[1:]]
    if len(bounds) not in (3, 4) or any(bound is None or bound.size != 1 for bound in bounds):
        return None
    start, _, axis, *step = (int(bound.item()) for bound in bounds if bound is not None)
    shape, count = graph.shapes[node.input[0]], math.prod(graph.shapes[node.output[0]])
    if step not in ([], [1]) or shape[axis] != max(shape):
        return None
    start = min(max(start + shape[axis] if start < 0 else start, 0), shape[axis])
    return _cut(_line(graph, node.input[0]), start, count)


def _padded(graph: FixedGraph, node: NodeProto) -> list[_Piece] | None:
    """The pieces of a padded signal; None where it is padded otherwise than is known here."""
    shape = graph.shapes[node.input[0]]
    pads = graph.constants.get(node.input[1])
    if pads is None or len(node.input) > 3 or (pads < 0).any():
        return None
    value = graph.constants.get(node.input[2]) if len(node.input) > 2 and node.input[2] else None
    if value is not None and value.any():
        return None
    axis = shape.index(max(shape))
    amounts = pads.reshape(2, -1)
    if np.delete(amounts, axis, 1).any():
        return None
    before, after = (int(amount) for amount in amounts[:, axis])
    line = _line(graph, node.input[0])
    length = shape[axis]
    mode = attributes(node).get("mode", b"constant")
    if mode == b"reflect":
        left = _backwards(_cut(line, 1, before))
        right = _backwards(_cut(line, length - 1 - after, after))
        return [*left, *line, *right]
    if mode == b"constant":
        zeros = [_Piece("", 0, before, 1)], [_Piece("", 0, after, 1)]
        return [piece for piece in (*zeros[0], *line, *zeros[1]) if piece.count]
    return None


def _joined(graph: FixedGraph, line: list[_Piece]) -> str:
    """The pieces as one value (1, length)."""
    values: list[str] = []
    for piece in line:
        if not piece.value:
            values.append(graph.constant(np.zeros((1, piece.count), np.float32), "zeros"))
            continue
        length = math.prod(graph.shapes[piece.value])
        flat = piece.value
        if graph.shapes[flat] != (1, length):
            flat = graph.reshape(flat, (1, length))
        whole = (piece.start, piece.count, piece.step) == (0, length, 1)
        values.append(flat if whole else graph.slice(flat, 1, piece.start, piece.count, piece.step))
    return graph.concat(values, 1)


def _rows(graph: FixedGraph, line: list[_Piece], width: int) -> str:
    """The line as rows (1, rows, width), joined as rows."""
    total = sum(piece.count for piece in line)
    edges = [0]
    position = 0
    for piece in line:
        # From the first whole row in a long piece to its last: that many rows are one reshape.
        first = -(-position // width) * width
        last = (position + piece.count) // width * width
        if last > first:
            edges += [first, last]
        position += piece.count
    edges = sorted({*edges, total})
    groups = [
        graph.reshape(
            _joined(graph, _cut(line, begin, end - begin)), (1, (end - begin) // width, width)
        )
        for begin, end in itertools.pairwise(edges)
    ]
    return graph.concat(groups, 1)


def signals_in_rows(graph: FixedGraph, node: NodeProto) -> bool:
    """A padded signal that is cut into rows: the rows of its pieces."""
    if node.op_type != "Reshape" or not _is_line(graph.shapes[node.input[0]]):
        return False
    line = _line(graph, node.input[0])
    shape = graph.shapes[node.output[0]]
    if len(line) == 1 or _is_line(shape) or shape[-1] == 1:
        return False
    graph.reshape(_rows(graph, line, shape[-1]), shape, node.output[0])
    return True


def padding(graph: FixedGraph, node: NodeProto) -> bool:
    """Any other padded signal: its pieces joined."""
    if node.op_type != "Pad" or not _is_line(graph.shapes[node.input[0]]):
        return False
    line = _padded(graph, node)
    if line is None:
        return False
    graph.reshape(_joined(graph, line), graph.shapes[node.output[0]], node.output[0])
    return True


def strides_as_channels(longest: int) -> Rule:
    """Convolutions over one long signal, over rows of one stride each."""

    def rule(graph: FixedGraph, node: NodeProto) -> bool:
        if node.op_type != "Conv" or node.input[1] not in graph.constants:
            return False
        shape, kernels = graph.shapes[node.input[0]], graph.constants[node.input[1]]
        options = attributes(node)
        stride = options.get("strides", [1])[0]
        plain = not any(options.get("pads", [0])) and set(options.get("dilations", [1])) == {1}
        if len(shape) != 3 or shape[:2] != (1, 1) or shape[2] <= longest or not plain or stride < 2:
            return False
        count, _, length = kernels.shape
        taps = -(-length // stride)
        frames = graph.shapes[node.output[0]][2]
        rows = frames + taps - 1
        line = _line(graph, node.input[0])
        missing = rows * stride - shape[2]
        line = [*line, _Piece("", 0, missing, 1)] if missing > 0 else _cut(line, 0, rows * stride)
        columns = graph.transpose(_rows(graph, line, stride), (0, 2, 1))
        folded = np.zeros((count, taps * stride), kernels.dtype)
        folded[:, :length] = kernels[:, 0]
        folded = folded.reshape(count, taps, stride).transpose(0, 2, 1)
        inputs = [columns, graph.constant(folded, "kernels"), *node.input[2:]]
        graph.emit("Conv", inputs, node.output[0], kernel_shape=[taps])
        return True

    return rule
