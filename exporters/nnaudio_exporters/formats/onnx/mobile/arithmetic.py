"""Limits, maxima, factors and squares, as phones take them."""

from __future__ import annotations

import math

from onnx import NodeProto

from nnaudio_exporters.formats.onnx.mobile.fixed_graph import FixedGraph

_ARITHMETIC = ("Add", "Sub", "Mul", "Div", "Max", "Pow")


def lower_limits(graph: FixedGraph, node: NodeProto) -> bool:
    """A clip from below as a maximum: NNAPI clips to 0 … 6 and -1 … 1 only."""
    if node.op_type != "Clip" or len(node.input) < 2 or not node.input[1]:
        return False
    if (len(node.input) > 2 and node.input[2]) or node.input[1] not in graph.constants:
        return False
    limit = graph.constant(graph.constants[node.input[1]].reshape(1), "limit")
    graph.emit("Max", [node.input[0], limit], node.output[0])
    return True


def global_maxima(graph: FixedGraph, node: NodeProto) -> bool:
    """A maximum over all but the batch as pooling, which NNAPI has."""
    if node.op_type != "ReduceMax":
        return False
    shape = graph.shapes[node.input[0]]
    axes = graph.constants.get(node.input[1]) if len(node.input) > 1 else None
    reduced = set(range(len(shape))) if axes is None else {int(axis) % len(shape) for axis in axes}
    kept = [size for axis, size in enumerate(shape) if axis not in reduced]
    if math.prod(kept) != 1:
        return False
    wide = graph.reshape(node.input[0], (1, 1, math.prod(shape[:-1]), shape[-1]))
    pooled = graph.emit("GlobalMaxPool", [wide])
    graph.reshape(pooled, graph.shapes[node.output[0]], node.output[0])
    return True


def scalars(graph: FixedGraph, node: NodeProto) -> bool:
    """Constants without axes get one; taking nothing away is left out."""
    if node.op_type not in _ARITHMETIC:
        return False
    values = [graph.constants.get(name) for name in node.input]
    if not any(value is not None and value.ndim == 0 for value in values):
        return False
    if all(graph.shapes[name] == () for name in node.input):
        return False
    inputs = [
        graph.constant(value.reshape(1), "scalar")
        if value is not None and value.ndim == 0
        else name
        for name, value in zip(node.input, values, strict=True)
    ]
    graph.emit(node.op_type, inputs, node.output[0])
    return True


def scale_before_view(graph: FixedGraph, node: NodeProto) -> bool:
    """A factor for every value, before a view that would make one long axis."""
    if node.op_type != "Mul":
        return False
    viewed, factor = node.input
    before = graph.producers.get(viewed)
    if before is None or before.op_type != "Reshape" or factor not in graph.constants:
        return False
    shape, value = graph.shapes[before.input[0]], graph.constants[factor]
    if value.size != math.prod(shape) or len(shape) > 4:
        return False
    scaled = graph.emit("Mul", [before.input[0], graph.constant(value.reshape(shape), "factor")])
    graph.reshape(scaled, graph.shapes[node.output[0]], node.output[0])
    return True


def squares(graph: FixedGraph, node: NodeProto) -> bool:
    """Squares of two halves that are added by a product, before the view that makes long rows."""
    if node.op_type != "MatMul" or node.input[0] not in graph.constants:
        return False
    ones, square = graph.constants[node.input[0]], graph.producers.get(node.input[1])
    if ones.shape != (1, 2) or (ones != 1).any() or square is None or square.op_type != "Mul":
        return False
    view = graph.producers.get(square.input[0])
    if square.input[0] != square.input[1] or view is None or view.op_type != "Reshape":
        return False
    values, batch = view.input[0], graph.shapes[node.output[0]][0]
    shape = graph.shapes[values]
    axis = next(axis for axis in range(len(shape)) if math.prod(shape[: axis + 1]) > batch)
    if math.prod(shape[:axis]) != batch or shape[axis] % 2:
        return False
    squared = graph.emit("Mul", [values, values])
    graph.shapes[squared] = shape
    half = shape[axis] // 2
    halves = [graph.slice(squared, axis, start, half) for start in (0, half)]
    added = graph.emit("Add", halves)
    graph.reshape(added, graph.shapes[node.output[0]], node.output[0])
    return True
