"""Whole signals: padding without Pad, and no axis as long as the signal where that can be helped.

A value that is one signal is followed back to what it is made of: segments of other values,
forwards or backwards, and zeros. Reflected edges are slices backwards. Where the signal is cut into
rows, the segments are joined as rows, so that no value between is as long as the signal.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
from onnx import NodeProto

from nnaudio_exporters.formats.onnx.mobile.fixed_graph import FixedGraph, Rule, Shape, attributes


@dataclass(frozen=True)
class _Segment:
    """Items of a value: from ``start``, ``count`` of them, ``step`` 1 or -1; or zeros."""

    value: str  # empty for zeros
    start: int
    count: int
    step: int

    def part(self, first: int, count: int) -> _Segment:
        return replace(self, start=self.start + first * self.step, count=count)

    @property
    def backwards(self) -> _Segment:
        last = self.start + (self.count - 1) * self.step
        return replace(self, start=last, step=-self.step)


def _cut(segments: list[_Segment], first: int, count: int) -> list[_Segment]:
    """The segments of a part of a signal."""
    parts: list[_Segment] = []
    position = 0
    for segment in segments:
        begin = max(first - position, 0)
        end = min(first + count - position, segment.count)
        if begin < end:
            parts.append(segment.part(begin, end - begin))
        position += segment.count
    return parts


def _backwards(segments: list[_Segment]) -> list[_Segment]:
    return [segment.backwards for segment in reversed(segments)]


def _is_one_signal(shape: Shape) -> bool:
    return math.prod(shape) > 0 and math.prod(shape) == max(shape, default=0)


def _segments(graph: FixedGraph, value: str) -> list[_Segment]:
    """What a signal is made of; itself where nothing is known."""
    node = graph.producers.get(value)
    length = math.prod(graph.shapes[value])
    itself = [_Segment(value, 0, length, 1)]
    if node is None or value in graph.results or not _is_one_signal(graph.shapes[node.input[0]]):
        return itself
    if node.op_type == "Reshape":
        return _segments(graph, node.input[0])
    if node.op_type == "Pad":
        return _padded(graph, node) or itself
    if node.op_type == "Slice":
        return _sliced(graph, node) or itself
    return itself


def _sliced(graph: FixedGraph, node: NodeProto) -> list[_Segment] | None:
    """The segments of a part of a signal; None where it is taken by steps."""
    bounds = [graph.constants.get(name) for name in node.input[1:]]
    if len(bounds) not in (3, 4) or any(bound is None or bound.size != 1 for bound in bounds):
        return None
    start, _, axis, *step = (int(bound.item()) for bound in bounds if bound is not None)
    shape, count = graph.shapes[node.input[0]], math.prod(graph.shapes[node.output[0]])
    if step not in ([], [1]) or shape[axis] != max(shape):
        return None
    start = min(max(start + shape[axis] if start < 0 else start, 0), shape[axis])
    return _cut(_segments(graph, node.input[0]), start, count)


def _padded(graph: FixedGraph, node: NodeProto) -> list[_Segment] | None:
    """The segments of a padded signal; None where it is padded otherwise than is known here."""
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
    segments = _segments(graph, node.input[0])
    length = shape[axis]
    mode = attributes(node).get("mode", b"constant")
    if mode == b"reflect":
        left = _backwards(_cut(segments, 1, before))
        right = _backwards(_cut(segments, length - 1 - after, after))
        return [*left, *segments, *right]
    if mode == b"constant":
        zeros = [_Segment("", 0, before, 1)], [_Segment("", 0, after, 1)]
        return [segment for segment in (*zeros[0], *segments, *zeros[1]) if segment.count]
    return None


def _joined(graph: FixedGraph, segments: list[_Segment]) -> str:
    """The segments as one value (1, length)."""
    values: list[str] = []
    for segment in segments:
        if not segment.value:
            values.append(graph.constant(np.zeros((1, segment.count), np.float32), "zeros"))
            continue
        length = math.prod(graph.shapes[segment.value])
        flat = segment.value
        if graph.shapes[flat] != (1, length):
            flat = graph.reshape(flat, (1, length))
        whole = (segment.start, segment.count, segment.step) == (0, length, 1)
        values.append(
            flat if whole else graph.slice(flat, 1, segment.start, segment.count, segment.step)
        )
    return graph.concat(values, 1)


def _rows(graph: FixedGraph, segments: list[_Segment], width: int) -> str:
    """The segments as rows (1, rows, width), joined as rows."""
    total = sum(segment.count for segment in segments)
    edges = [0]
    position = 0
    for segment in segments:
        # From the first whole row in a long segment to its last: that many rows are one reshape.
        first = -(-position // width) * width
        last = (position + segment.count) // width * width
        if last > first:
            edges += [first, last]
        position += segment.count
    edges = sorted({*edges, total})
    groups = [
        graph.reshape(
            _joined(graph, _cut(segments, begin, end - begin)), (1, (end - begin) // width, width)
        )
        for begin, end in itertools.pairwise(edges)
    ]
    return graph.concat(groups, 1)


def signals_in_rows(graph: FixedGraph, node: NodeProto) -> bool:
    """A padded signal that is cut into rows: the rows of its segments."""
    if node.op_type != "Reshape" or not _is_one_signal(graph.shapes[node.input[0]]):
        return False
    segments = _segments(graph, node.input[0])
    shape = graph.shapes[node.output[0]]
    if len(segments) == 1 or _is_one_signal(shape) or shape[-1] == 1:
        return False
    graph.reshape(_rows(graph, segments, shape[-1]), shape, node.output[0])
    return True


def padding(graph: FixedGraph, node: NodeProto) -> bool:
    """Any other padded signal: its segments joined."""
    if node.op_type != "Pad" or not _is_one_signal(graph.shapes[node.input[0]]):
        return False
    segments = _padded(graph, node)
    if segments is None:
        return False
    graph.reshape(_joined(graph, segments), graph.shapes[node.output[0]], node.output[0])
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
        segments = _segments(graph, node.input[0])
        missing = rows * stride - shape[2]
        segments = (
            [*segments, _Segment("", 0, missing, 1)]
            if missing > 0
            else _cut(segments, 0, rows * stride)
        )
        columns = graph.transpose(_rows(graph, segments, stride), (0, 2, 1))
        folded = np.zeros((count, taps * stride), kernels.dtype)
        folded[:, :length] = kernels[:, 0]
        folded = folded.reshape(count, taps, stride).transpose(0, 2, 1)
        inputs = [columns, graph.constant(folded, "kernels"), *node.input[2:]]
        graph.emit("Conv", inputs, node.output[0], kernel_shape=[taps])
        return True

    return rule
