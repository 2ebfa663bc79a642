"""The rewriting of a graph for phones: its rules, in their order, and what they cannot help."""

from __future__ import annotations

import math

from onnx import ModelProto

from nnaudio_exporters.formats.onnx.mobile.arithmetic import (
    global_maxima,
    lower_limits,
    scalars,
    scale_before_view,
    squares,
)
from nnaudio_exporters.formats.onnx.mobile.convolutions import (
    convolutions,
    products,
    transposed_convolutions,
)
from nnaudio_exporters.formats.onnx.mobile.fixed_graph import FixedGraph, Rule, check_fixed
from nnaudio_exporters.formats.onnx.mobile.layout import gathers, transpositions, views
from nnaudio_exporters.formats.onnx.mobile.long_signals import (
    padding,
    signals_in_rows,
    strides_as_channels,
)
from nnaudio_exporters.providers.coreml import LARGEST_DIMENSION

_RULES: tuple[Rule, ...] = (
    views,
    strides_as_channels(LARGEST_DIMENSION),
    signals_in_rows,
    padding,
    scale_before_view,
    squares,
    gathers,
    transposed_convolutions,
    convolutions,
    products,
    lower_limits,
    global_maxima,
    scalars,
    transpositions,
    views,
)
_MOVES = ("Reshape", "Slice", "Concat", "Transpose", "Cast", "Identity")


def for_phones(model: ModelProto) -> ModelProto:
    """Rewrites the graph of a model with fixed shapes, in place.

    Returns:
        The model, in which equal nodes and constants may stand more than once.

    Raises:
        ValueError: a shape is open, or a dimension is larger than CoreML takes.
    """
    check_fixed(model)
    graph = FixedGraph(model)
    for rule in _RULES:
        graph.rewrite(rule)
    _check_dimensions(graph)
    return model


def _check_dimensions(graph: FixedGraph) -> None:
    """Refuses a dimension that CoreML does not take, save where a signal comes in or goes out.

    There values are only moved, which costs the CPU next to nothing.
    """
    nodes = list(graph.nodes)
    computed: set[str] = set()  # values that are not the input's own, moved
    for node in nodes:
        if node.op_type not in _MOVES or computed.intersection(node.input):
            computed.update(node.output)
    needed: set[str] = set()  # values that something is still computed from
    for node in reversed(nodes):
        if node.op_type not in _MOVES or needed.intersection(node.output):
            needed.update(node.input)
    for node in nodes:
        inner = bool(computed.intersection(node.output) and needed.intersection(node.output))
        if not inner and node.op_type in _MOVES:
            continue
        for name in node.input:
            longest = max(graph.shapes.get(name, ()), default=0)
            if longest > LARGEST_DIMENSION:
                part = math.floor(1000 * LARGEST_DIMENSION / longest) / 10
                raise ValueError(
                    f"profile='mobile': {node.op_type} would have a dimension of {longest}, CoreML "
                    f"takes at most {LARGEST_DIMENSION}: export a window of at most {part:g} % of "
                    "this num_samples, or a stream"
                )
