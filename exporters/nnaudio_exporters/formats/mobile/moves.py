"""Views, permutations and limits, as phones take them."""

from __future__ import annotations

import math

import numpy as np
from onnx import NodeProto

from nnaudio_exporters.formats.mobile.graph import FixedGraph, attributes

_VIEWS = ("Reshape", "Unsqueeze", "Squeeze", "Flatten")
_ARITHMETIC = ("Add", "Sub", "Mul", "Div", "Max", "Pow")
# A permutation by a product costs memory, by slices a node each.
_FEW_RUNS, _LARGEST_MATRIX, _MANY_RUNS = 8, 20_000, 256


def views(graph: FixedGraph, node: NodeProto) -> bool:
    """Every view as one Reshape to known sizes; a view of a view as one."""
    if node.op_type not in _VIEWS:
        return False
    source, shape = node.input[0], graph.shapes[node.output[0]]
    while source not in graph.results and (before := graph.producers.get(source)) is not None:
        if before.op_type not in _VIEWS:
            break
        source = before.input[0]
    if graph.shapes[source] == shape:
        graph.emit("Identity", [source], node.output[0])
    else:
        graph.reshape(source, shape, node.output[0])
    return True


def transpositions(graph: FixedGraph, node: NodeProto) -> bool:
    """Over at most four axes, where axes of one item or neighbours that stay so allow it."""
    if node.op_type != "Transpose":
        return False
    shape = graph.shapes[node.input[0]]
    order = list(attributes(node).get("perm", range(len(shape))[::-1]))
    if len(shape) <= 4:
        return False
    order = [axis for axis in order if shape[axis] != 1]
    groups: list[list[int]] = []
    for axis in order:
        if groups and groups[-1][-1] == _previous(axis, shape):
            groups[-1].append(axis)
        else:
            groups.append([axis])
    source = sorted(groups)
    sizes = tuple(math.prod(shape[axis] for axis in group) for group in source)
    moved = graph.transpose(
        graph.reshape(node.input[0], sizes), [source.index(group) for group in groups]
    )
    graph.reshape(moved, graph.shapes[node.output[0]], node.output[0])
    return True


def _previous(axis: int, shape: tuple[int, ...]) -> int:
    """The axis before, leaving out those of one item."""
    before = axis - 1
    while before >= 0 and shape[before] == 1:
        before -= 1
    return before


def gathers(graph: FixedGraph, node: NodeProto) -> bool:
    """Constant picks along an axis as slices, or as a product with ones."""
    if node.op_type != "Gather" or node.input[1] not in graph.constants:
        return False
    indices = graph.constants[node.input[1]]
    data, output = node.input[0], node.output[0]
    shape = graph.shapes[data]
    axis = attributes(node).get("axis", 0) % len(shape)
    if indices.ndim != 1:
        return False
    size = shape[axis]
    runs = _runs([int(index) % size for index in indices])
    if len(runs) == 1:
        start, count, step = runs[0]
        graph.slice(data, axis, start, count, step, output)
        return True
    # A product needs the axis after the batch, as a convolution's channels.
    small = len(indices) * size <= _LARGEST_MATRIX and axis == 1 and len(shape) in (3, 4)
    if len(runs) > _FEW_RUNS and small:
        picks = np.zeros((len(indices), size, 1, 1), np.float32)
        picks[np.arange(len(indices)), indices % size] = 1
        rest = shape[2:] if len(shape) == 4 else (1, *shape[2:])
        wide = graph.reshape(data, (shape[0], size, *rest))
        picked = graph.emit("Conv", [wide, graph.constant(picks, "picks")], kernel_shape=[1, 1])
        graph.reshape(picked, graph.shapes[output], output)
        return True
    if len(runs) > _MANY_RUNS:
        return False
    graph.concat([graph.slice(data, axis, *run) for run in runs], axis, output)
    return True


def _runs(indices: list[int]) -> list[tuple[int, int, int]]:
    """Arithmetic progressions that a list falls into: first, count and step of each.

    Example:
        >>> _runs([0, 1, 2, 9, 7, 5, 5])
        [(0, 3, 1), (9, 3, -2), (5, 1, 1)]
    """
    runs: list[tuple[int, int, int]] = []
    position = 0
    while position < len(indices):
        rest = indices[position:]
        step = rest[1] - rest[0] if len(rest) > 1 else 1
        count = 1
        while step and count < len(rest) and rest[count] - rest[count - 1] == step:
            count += 1
        runs.append((rest[0], count, step if count > 1 else 1))
        position += count
    return runs


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
