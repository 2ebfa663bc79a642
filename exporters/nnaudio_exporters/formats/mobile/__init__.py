"""Graphs as the accelerators of phones take them: ``profile="mobile"`` of :func:`export_onnx`.

Every rule writes a node as others that compute the same values, which NNAPI, CoreML and XNNPACK
take: convolutions over two axes, views and slices of known sizes, at most four axes. The parity
check then runs on the file that holds the result.
"""

from __future__ import annotations

import math

from onnx import ModelProto

from nnaudio_exporters.formats.mobile import linear, lines, moves
from nnaudio_exporters.formats.mobile.graph import FixedGraph, Rule, check_fixed
from nnaudio_exporters.formats.onnx_graph import compacted
from nnaudio_exporters.providers.coreml import LARGEST_DIMENSION

_RULES: tuple[Rule, ...] = (
    moves.views,
    lines.strides_as_channels(LARGEST_DIMENSION),
    lines.signals_in_rows,
    lines.padding,
    moves.scale_before_view,
    moves.squares,
    moves.gathers,
    linear.transposed_convolutions,
    linear.convolutions,
    linear.products,
    moves.lower_limits,
    moves.global_maxima,
    moves.scalars,
    moves.transpositions,
    moves.views,
)
_MOVES = ("Reshape", "Slice", "Concat", "Transpose", "Cast", "Identity")


def for_phones(model: ModelProto) -> ModelProto:
    """The graph of a model with fixed shapes, rewritten.

    Raises:
        ValueError: a shape is open, or a dimension is larger than CoreML takes.
    """
    check_fixed(model)
    graph = FixedGraph(model)
    for rule in _RULES:
        graph.rewrite(rule)
    _check_dimensions(graph)
    return compacted(model)


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
