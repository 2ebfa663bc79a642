"""Views, permutations and picks, as phones take them: values are only moved."""

from __future__ import annotations

import math

import numpy as np
from onnx import NodeProto

from nnaudio_exporters.formats.onnx.mobile.fixed_graph import FixedGraph, attributes

_VIEWS = ("Reshape", "Unsqueeze", "Squeeze", "Flatten")
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
