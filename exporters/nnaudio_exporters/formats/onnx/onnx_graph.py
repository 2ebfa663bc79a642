"""Makes an exported ONNX graph small, readable and the same every time."""

from __future__ import annotations

import onnx_ir
from nnaudio_contract import Axes
from onnx import ModelProto, helper
from onnx_ir.passes import common
from onnxscript import optimizer

from nnaudio_exporters.prepare.prepared import PreparedModule

_ANY_SIZE = 2**62


def tidy(model: onnx_ir.Model, prepared: PreparedModule, opset: int) -> ModelProto:
    """Folds what only depends on weights, names the axes and strips what names this machine.

    Args:
        model: the graph as PyTorch gives it, with stack traces on every node.
        prepared: whose axes are named.
        opset: the operator set asked for.
    """
    _simplify(model)
    graph = model.graph
    graph.name = prepared.name
    for value, axes in zip(graph.inputs, prepared.written_inputs.values(), strict=True):
        _name_axes(value, axes)
    for value, axes in zip(graph.outputs, prepared.written_outputs.values(), strict=True):
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
    proto = onnx_ir.serde.serialize_model(model)
    # Older engines read older files: nothing in the graph needs more than its operators do.
    proto.ir_version = helper.find_min_ir_version_for(list(proto.opset_import))
    return proto


def _simplify(model: onnx_ir.Model) -> None:
    """Folds constants of any size and drops what nothing uses.

    PyTorch's own ``optimize=True`` is switched off: its rewrite rules take every constant below
    1e-8 for zero, so that ``log(mel + 1e-9)`` lost its guard against silence.
    """
    optimizer.fold_constants(
        model,
        # The shapes that PyTorch traced are exact; inference would only rename them.
        onnx_shape_inference=False,
        # The product of two learned kernels is a constant too, and not a small one.
        input_size_limit=_ANY_SIZE,
        output_size_limit=_ANY_SIZE,
    )
    for node in model.graph:
        if node.op_type in ("Conv", "ConvTranspose") and len(node.inputs) == 3:
            bias = node.inputs[2]
            if bias and bias.const_value and not bias.const_value.numpy().any():
                node.resize_inputs(2)  # PyTorch writes a bias of zeros where there is none
    _keep_batch_in_reshapes(model)
    _drop_what_does_nothing(model)
    _join_reshapes(model)
    common.LiftConstantsToInitializersPass(lift_all_constants=True, size_limit=0)(model)
    _compact(model)


def compacted(model: ModelProto) -> ModelProto:
    """Says everything once, and numbers the nodes again."""
    compact = onnx_ir.serde.deserialize_model(model)
    _compact(compact)
    for index, node in enumerate(compact.graph):
        node.name = f"{index}_{node.op_type}"
    return onnx_ir.serde.serialize_model(compact)


def _compact(model: onnx_ir.Model) -> None:
    onnx_ir.passes.Sequential(
        common.IdentityEliminationPass(),
        common.RemoveUnusedNodesPass(),
        common.CommonSubexpressionEliminationPass(),
        common.DeduplicateInitializersPass(),
        common.RemoveUnusedNodesPass(),
    )(model)


def _keep_batch_in_reshapes(model: onnx_ir.Model) -> None:
    """Lets a reshape that keeps the batch say so, instead of looking its size up and joining it on.

    ONNX has a 0 for "as it was"; PyTorch writes four nodes, which take longer than the reshape.
    """
    for node in model.graph:
        if node.op_type != "Reshape" or node.inputs[1] is None:
            continue
        data, sizes, batch = node.inputs[0], node.inputs[1].producer(), _first_axis(node.outputs[0])
        if data is None or sizes is None or sizes.op_type != "Concat" or batch is None:
            continue
        rest = [size.const_value for size in sizes.inputs[1:] if size and size.const_value]
        values = [0, *(int(value) for size in rest for value in size.numpy().reshape(-1))]
        known = len(rest) == len(sizes.inputs) - 1 and 0 not in values[1:]
        if not known or batch != _first_axis(data):
            continue
        name = f"{node.outputs[0].name}_shape"
        constant = onnx_ir.Value(name=name, const_value=onnx_ir.tensor(values, name=name))
        model.graph.register_initializer(constant)
        node.replace_input_with(1, constant)
        node.attributes.pop("allowzero", None)


def _join_reshapes(model: onnx_ir.Model) -> None:
    """Lets a reshape read what was there before an earlier one; each takes a microsecond."""
    for node in list(model.graph):
        before = node.inputs[0].producer() if node.inputs and node.inputs[0] else None
        if before is None or before.op_type not in ("Reshape", "Unsqueeze"):
            continue
        source = before.inputs[0]
        assert source is not None
        if node.op_type == "Reshape" and _first_axis(source) == _first_axis(before.outputs[0]):
            sizes = node.inputs[1].const_value if node.inputs[1] else None
            # A 0 stands for the size of the axis at its place, and only the first is the same.
            if sizes is not None and 0 not in sizes.numpy().reshape(-1)[1:]:
                node.replace_input_with(0, source)
        elif node.op_type == "Squeeze" and before.op_type == "Unsqueeze":
            undone = _axes(node) == _axes(before) is not None
            if undone and not node.outputs[0].is_graph_output():
                node.outputs[0].replace_all_uses_with(source)


def _axes(node: onnx_ir.Node) -> list[int] | None:
    axes = node.inputs[1].const_value if len(node.inputs) > 1 and node.inputs[1] else None
    return None if axes is None else [int(axis) for axis in axes.numpy().reshape(-1)]


def _drop_what_does_nothing(model: onnx_ir.Model) -> None:
    """Takes out slices of everything and transpositions that keep the order."""
    for node in list(model.graph):
        if _does_nothing(node):
            before, after = node.inputs[0], node.outputs[0]
            assert before is not None
            after.replace_all_uses_with(before)
            model.graph.remove(node, safe=True)


def _does_nothing(node: onnx_ir.Node) -> bool:
    if any(value.is_graph_output() for value in node.outputs):
        return False
    if node.op_type == "Transpose":
        order = node.attributes["perm"].as_ints() if "perm" in node.attributes else None
        return order is not None and list(order) == sorted(order)
    if node.op_type == "Slice" and node.inputs[0] is not None:
        steps = node.inputs[4].const_value if len(node.inputs) > 4 and node.inputs[4] else None
        forward = len(node.inputs) < 5 or (steps is not None and bool((steps.numpy() == 1).all()))
        before, after = node.inputs[0].shape, node.outputs[0].shape
        return forward and before is not None and before == after
    return False


def _first_axis(value: onnx_ir.Value) -> str | None:
    """The name of a value's first axis; None where it has none, or a fixed size."""
    axis = value.shape[0] if value.shape else None
    return axis.value if isinstance(axis, onnx_ir.SymbolicDim) else None


def _name_axes(value: onnx_ir.Value, axes: Axes) -> None:
    value.shape = onnx_ir.Shape(
        [axis if isinstance(axis, int) else onnx_ir.SymbolicDim(axis) for axis in axes]
    )
