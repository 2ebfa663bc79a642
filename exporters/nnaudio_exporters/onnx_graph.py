"""Makes an exported ONNX graph small, readable and the same every time."""

from __future__ import annotations

import onnx_ir
from onnx import ModelProto

from nnaudio_exporters.spec import Axes
from nnaudio_exporters.subject import Subject

_ANY_SIZE = 2**62


def tidy(model: onnx_ir.Model, subject: Subject, opset: int) -> ModelProto:
    """Folds what only depends on weights, names the axes and strips what names this machine.

    Args:
        model: the graph as PyTorch gives it, with stack traces on every node.
        subject: whose axes are named.
        opset: the operator set asked for.
    """
    from onnxscript import optimizer

    # PyTorch folds small constants only; a product of two learned kernels is not small.
    optimizer.optimize(
        model,
        onnx_shape_inference=False,
        input_size_limit=_ANY_SIZE,
        output_size_limit=_ANY_SIZE,
    )
    graph = model.graph
    graph.name = subject.spec.layer if subject.spec else type(subject.module).__name__
    _name_axes(graph.inputs[0], subject.input_axes)
    for value, axes in zip(graph.outputs, subject.output_axes, strict=True):
        _name_axes(value, axes)
    for index, node in enumerate(graph):
        node.name = f"{index}_{node.op_type}"
        node.doc_string = None
        node.metadata_props.clear()
        for value in node.outputs:
            value.metadata_props.clear()
            if not value.is_graph_output():
                # Shapes in the middle are expressions like "((samples//256)) + 1"; every engine
                # infers them itself.
                value.shape = None
    for value in [*graph.inputs, *graph.outputs, *graph.initializers.values()]:
        value.metadata_props.clear()
    model.metadata_props.clear()
    graph.metadata_props.clear()
    model.producer_name = "nnaudio-export"
    model.producer_version = ""
    assert graph.opset_imports.get("", opset) == opset
    return onnx_ir.serde.serialize_model(model)


def _name_axes(value: onnx_ir.Value, axes: Axes) -> None:
    value.shape = onnx_ir.Shape(
        [axis if isinstance(axis, int) else onnx_ir.SymbolicDim(axis) for axis in axes]
    )
