"""Convolutions and products as convolutions over two axes, which every provider takes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from nnaudio_exporters.formats.onnx.mobile.fixed_graph import FixedGraph, attributes


def convolutions(graph: FixedGraph, node: NodeProto) -> bool:
    """A convolution over one axis, over two of which the first has one item."""
    shape = graph.shapes[node.input[0]] if node.op_type == "Conv" else ()
    if len(shape) != 3 or node.input[1] not in graph.constants:
        return False
    options = attributes(node)
    kernels = graph.constants[node.input[1]]
    before, after = options.get("pads", [0, 0])
    if options.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID"):
        return False
    wide = graph.reshape(node.input[0], (*shape[:2], 1, shape[2]))
    inputs = [wide, graph.constant(kernels[:, :, None], "kernels"), *node.input[2:]]
    result = graph.emit(
        "Conv",
        inputs,
        kernel_shape=[1, kernels.shape[2]],
        strides=[1, *options.get("strides", [1])],
        dilations=[1, *options.get("dilations", [1])],
        pads=[0, before, 0, after],
        group=options.get("group", 1),
    )
    graph.reshape(result, graph.shapes[node.output[0]], node.output[0])
    return True


def transposed_convolutions(graph: FixedGraph, node: NodeProto) -> bool:
    """A transposed convolution as one whose channels are the samples of a stride.

    With kernels of r strides, sample t · s + j is the sum over i < r of
    ``x[t - i] · w[i · s + j]``: for each j a convolution over r frames.
    """
    shape = graph.shapes[node.input[0]] if node.op_type == "ConvTranspose" else ()
    if len(shape) != 3 or node.input[1] not in graph.constants:
        return False
    options = attributes(node)
    kernels = graph.constants[node.input[1]]  # (channels, outputs of a group, kernel)
    length = graph.shapes[node.output[0]][2]
    first = options.get("pads", [0, 0])[0]
    [stride], [spread] = options.get("strides", [1]), options.get("dilations", [1])
    named = options.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID")
    biased = len(node.input) > 2 and bool(node.input[2])
    if named or "output_shape" in options:
        return False
    if biased and node.input[2] not in graph.constants:
        return False
    channels, each, taps = kernels.shape
    group = options.get("group", 1)
    reach = (taps - 1) * spread + 1
    strides = -(-reach // stride)
    frames = shape[2] + strides - 1
    if first + length > frames * stride:
        return False
    spaced = np.zeros((channels, each, strides * stride), kernels.dtype)
    spaced[:, :, :reach:spread] = kernels
    # (group, channels, outputs, strides, stride) → (group · outputs · stride, channels, strides)
    cut = spaced.reshape(group, channels // group, each, strides, stride)[:, :, :, ::-1]
    cut = cut.transpose(0, 2, 4, 1, 3).reshape(-1, channels // group, 1, strides)
    inputs = [
        graph.reshape(node.input[0], (*shape[:2], 1, shape[2])),
        graph.constant(cut, "kernels"),
    ]
    if biased:
        bias = np.repeat(graph.constants[node.input[2]], stride)
        inputs.append(graph.constant(bias, "bias"))
    result = graph.emit(
        "Conv",
        inputs,
        kernel_shape=[1, strides],
        pads=[0, strides - 1, 0, strides - 1],
        group=group,
    )
    graph.shapes[result] = (shape[0], group * each * stride, 1, frames)
    outputs = (shape[0], group * each)
    samples = graph.transpose(graph.reshape(result, (*outputs, stride, frames)), (0, 1, 3, 2))
    whole = (first, length) == (0, frames * stride)
    target = node.output[0]
    line = graph.reshape(samples, (*outputs, frames * stride), target if whole else "")
    if not whole:
        graph.slice(line, 2, first, length, 1, target)
    return True


def products(graph: FixedGraph, node: NodeProto) -> bool:
    """A product with a constant on the left as a convolution, on the right over two axes."""
    if node.op_type != "MatMul":
        return False
    a, b = node.input
    if a in graph.constants and b not in graph.constants:
        return _left(graph, node, graph.constants[a])
    shape = graph.shapes[a]
    if b not in graph.constants or graph.constants[b].ndim != 2 or len(shape) < 3:
        return False
    flat = graph.reshape(a, (math.prod(shape[:-1]), shape[-1]))
    result = graph.emit("MatMul", [flat, b])
    graph.reshape(result, graph.shapes[node.output[0]], node.output[0])
    return True


def _left(graph: FixedGraph, node: NodeProto, matrix: NDArray[Any]) -> bool:
    """``matrix (groups, rows, inner) · value (1, groups, inner, columns)``."""
    shape = graph.shapes[node.input[1]]
    if len(shape) < 3 or shape[0] != 1 or matrix.ndim > len(shape):
        return False
    *leading, inner, columns = shape
    groups = math.prod(leading)
    own = math.prod(matrix.shape[:-2])
    if own not in (1, groups):
        return False
    weights = np.broadcast_to(matrix.reshape(own, *matrix.shape[-2:]), (groups, *matrix.shape[-2:]))
    rows = matrix.shape[-2]
    height, width = _sides(graph, node.input[1], columns)
    wide = graph.reshape(node.input[1], (1, groups * inner, height, width))
    kernels = graph.constant(weights.reshape(groups * rows, inner, 1, 1), "kernels")
    result = graph.emit("Conv", [wide, kernels], kernel_shape=[1, 1], group=groups)
    graph.reshape(result, graph.shapes[node.output[0]], node.output[0])
    return True


def _sides(graph: FixedGraph, value: str, columns: int) -> tuple[int, int]:
    """Two axes for the columns: those that were one before, where a view made them one."""
    node = graph.producers.get(value)
    if node is not None and node.op_type == "Reshape":
        width = graph.shapes[node.input[0]][-1]
        if columns % width == 0:
            return columns // width, width
    return 1, columns
