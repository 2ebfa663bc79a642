"""Android's NNAPI, from Android 10 (feature level 3) on; Android 15 deprecated it.

The operators are those that ONNX Runtime 1.31.0 ships as ``tools/mobile_helpers/
nnapi_supported_ops.md``; the conditions are those of ``core/providers/nnapi/nnapi_builtin/builders/
impl/*_op_builder.cc`` (commits d9664d91, a0d18347, 31e67661, d930f6ec, f8b74ff7, 0bd42bd5,
a7742283).
"""

from __future__ import annotations

from nnaudio_exporters.providers.nodes import Node
from nnaudio_exporters.providers.provider import MOBILE, Provider, Refusal, Rule
from nnaudio_exporters.providers.rules import (
    attribute,
    constant,
    dtypes,
    fixed_shapes,
    most_inputs,
    ranks,
)

_UP_TO_4: Rule = ranks(0, 1, 2, 3, 4)


def _two_dimensional(node: Node) -> Refusal | None:
    weight = node.input(1)
    if weight is None or not weight.constant or weight.shape is None:
        return Refusal("the weight is computed, must be a constant", "freeze the weight")
    if len(weight.shape) != 4:
        return Refusal(f"the weight is {weight.text}: only convolutions over 2 axes", MOBILE)
    grouped = node.attributes.get("group", 1) != 1 and weight.shape[1] != 1
    if grouped and set(node.attributes.get("dilations") or [1]) != {1}:
        return Refusal("a grouped convolution with dilation", "dilate the kernel with zeros")
    return None


def _matrices(node: Node) -> Refusal | None:
    a, b = node.input(0), node.input(1)
    if a is None or b is None or a.shape is None or b.shape is None:
        return Refusal("an input has an unknown shape", "export with dynamic=False")
    batched = len(a.shape) == len(b.shape) >= 3 and a.shape[:-2] == b.shape[:-2]
    if batched and node.op_type == "MatMul":
        return None
    if len(a.shape) != 2 or len(b.shape) != 2:
        return Refusal(f"{a.text} · {b.text}: must have rank 2, or the same batch", MOBILE)
    if not b.constant and not node.attributes.get("transB"):
        return Refusal("input 1 is computed, must be a constant", "freeze the weight")
    return None


def _clip(node: Node) -> Refusal | None:
    low, high = (None if t is None else t.value for t in (node.input(1), node.input(2)))
    bounds = tuple(None if value is None else float(value) for value in (low, high))
    if bounds in ((0, 6), (-1, 1)):
        return None
    shown = " … ".join("∞" if bound is None else f"{bound:.3g}" for bound in bounds)
    return Refusal(f"clips to {shown}, must be 0 … 6 or -1 … 1", MOBILE)


def _pads(node: Node) -> Refusal | None:
    pads = node.input(1)
    if pads is not None and pads.value is not None and (pads.value < 0).any():
        return Refusal("a pad is negative", "slice in place of it")
    return None


def _even_parts(node: Node) -> Refusal | None:
    sizes = {output.shape and output.shape[node.attributes["axis"]] for output in node.outputs}
    return None if len(sizes) == 1 else Refusal("the parts differ in size", "slice in place of it")


# fmt: off
_OPERATORS = (
    "Abs", "Add", "AveragePool", "BatchNormalization", "Cast", "Clip", "Concat", "Conv",
    "DepthToSpace", "DequantizeLinear", "Div", "Elu", "Exp", "Flatten", "Floor", "Gather", "Gemm",
    "GlobalAveragePool", "GlobalMaxPool", "Identity", "LRN", "LeakyRelu", "Log", "MatMul", "Max",
    "MaxPool", "Min", "Mul", "Neg", "PRelu", "Pad", "Pow", "QLinearConv", "QLinearMatMul",
    "QuantizeLinear", "ReduceMean", "Relu", "Reshape", "Resize", "Sigmoid", "Sin", "Slice",
    "Softmax", "Split", "Sqrt", "Squeeze", "Sub", "Tanh", "Transpose", "Unsqueeze",
)
# fmt: on
_ELEMENTWISE: tuple[Rule, ...] = (_UP_TO_4, ranks(1, 0, 1, 2, 3, 4))

NNAPI = Provider(
    name="nnapi",
    source="ONNX Runtime 1.31.0, nnapi_supported_ops.md; core/providers/nnapi/nnapi_builtin/"
    "builders/impl (d9664d91, a0d18347, 31e67661, d930f6ec, f8b74ff7, 0bd42bd5, a7742283)",
    versions={
        **dict.fromkeys(_OPERATORS, "1+"),
        **dict.fromkeys(("Add", "Sub", "Mul", "Div", "Pow", "Gemm"), "7+"),
        **dict.fromkeys(("Min", "Max"), "6+"),
        "Pad": "11+",
        "Reshape": "5+",
        "Slice": "10+",
    },
    last=23,
    everywhere=(dtypes("float32"), fixed_shapes),
    rules={
        **dict.fromkeys(("Add", "Sub", "Mul", "Div", "Pow", "PRelu"), _ELEMENTWISE),
        **dict.fromkeys(("Min", "Max"), (most_inputs(2), *_ELEMENTWISE)),
        **dict.fromkeys(("AveragePool", "MaxPool"), (ranks(0, 4),)),
        **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool"), (ranks(0, 4),)),
        **dict.fromkeys(("MatMul", "Gemm"), (_matrices,)),
        "Clip": (_clip,),
        "Concat": (_UP_TO_4,),
        "Conv": (_two_dimensional,),
        "Gather": (_UP_TO_4, constant(1)),
        "Pad": (_UP_TO_4, attribute("mode", "constant"), constant(1, 2), _pads),
        "ReduceMean": (_UP_TO_4, constant(1), attribute("noop_with_empty_axes", 0)),
        "Reshape": (_UP_TO_4, constant(1)),
        "Slice": (_UP_TO_4, constant(1, 2, 3, 4)),
        "Split": (_UP_TO_4, constant(1), _even_parts),
        "Squeeze": (_UP_TO_4, constant(1)),
        "Transpose": (_UP_TO_4,),
        "Unsqueeze": (_UP_TO_4, constant(1)),
    },
    remedies={
        "ConvTranspose": MOBILE,
        "ReduceMax": f"{MOBILE}, where it is over all but the batch",
        "Atan": "export output_format='CosSin' in place of 'Phase'",
    },
)
