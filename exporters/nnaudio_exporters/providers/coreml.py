"""Apple's CoreML, in its format MLProgram (iOS 15, macOS 12).

The operators are those that ONNX Runtime 1.31.0 ships as
``tools/mobile_helpers/coreml_supported_mlprogram_ops.md``; the conditions are those of
``core/providers/coreml/builders/impl/*_op_builder.cc`` and ``builders/helper.cc`` (commits
8ee54c42, be76b4c0, ed6d383b). ``Gather`` and ``Pad`` are layers of the older format
NeuralNetwork only.
"""

from __future__ import annotations

from nnaudio_exporters.providers.nodes import Node
from nnaudio_exporters.providers.provider import MOBILE, Provider, Refusal, Rule
from nnaudio_exporters.providers.rules import (
    attribute,
    constant,
    dtypes,
    fixed_first,
    largest_dimension,
    ranks,
)

LARGEST_DIMENSION = 16384
_SPECTRUM = "end the graph before it, and take the logarithm where the features are used"


def _empty_range(node: Node) -> Refusal | None:
    shape = node.outputs[0].shape
    if shape is not None and 0 in shape:
        return Refusal("the range is empty", "leave it out")
    return None


_FLOATS = dtypes("float32", "float16")
_BRANCHES = dtypes("float32", "float16", index=1)


def _types(node: Node) -> Refusal | None:
    if node.op_type == "And":  # of booleans
        return None
    return _BRANCHES(node) if node.op_type == "Where" else _FLOATS(node)


_POOL: tuple[Rule, ...] = (ranks(0, 4), attribute("dilations", None, [1, 1]))
_REDUCTION: tuple[Rule, ...] = (constant(1),)

# fmt: off
_OPERATORS = (
    "Add", "And", "ArgMax", "AveragePool", "Cast", "Ceil", "Clip", "Concat", "Conv",
    "ConvTranspose", "Cos", "DepthToSpace", "Div", "Elu", "Erf", "Exp", "GatherND", "Gelu", "Gemm",
    "GlobalAveragePool", "GlobalMaxPool", "GridSample", "GroupNormalization", "HardSigmoid",
    "Identity", "InstanceNormalization", "LayerNormalization", "LeakyRelu", "MatMul", "Max",
    "MaxPool", "Mul", "PRelu", "Pow", "Reciprocal", "ReduceMax", "ReduceMean", "ReduceSum", "Relu",
    "Reshape", "Resize", "Round", "Shape", "Sigmoid", "Sin", "Slice", "Softmax", "Softplus",
    "Split", "Sqrt", "Squeeze", "Sub", "Tanh", "Tile", "Transpose", "Unsqueeze", "Where",
)
# fmt: on

COREML = Provider(
    name="coreml",
    source="ONNX Runtime 1.31.0, coreml_supported_mlprogram_ops.md; "
    "core/providers/coreml/builders (8ee54c42, be76b4c0, ed6d383b)",
    versions={
        **dict.fromkeys(_OPERATORS, "1+"),
        **dict.fromkeys(("Add", "Sub", "Mul", "Div", "Pow"), "7+"),
        "Reshape": "5+",
        "Slice": "10+",
    },
    last=20,
    everywhere=(
        _types,
        largest_dimension(LARGEST_DIMENSION),
        ranks(0, 1, 2, 3, 4, 5, remedy="reshape to fewer axes before it"),
    ),
    rules={
        "AveragePool": _POOL,
        "MaxPool": _POOL,
        "GlobalAveragePool": (ranks(0, 4),),
        "GlobalMaxPool": (ranks(0, 4),),
        "Conv": (ranks(0, 3, 4), constant(2)),
        "ConvTranspose": (
            ranks(0, 3, 4),
            constant(1, 2),
            attribute("auto_pad", "NOTSET", "VALID"),
            attribute("output_padding", None, [0], [0, 0]),
            attribute("output_shape", None),
        ),
        "Gemm": (
            constant(1),
            attribute("transA", 0),
            attribute("alpha", 1.0),
            attribute("beta", 1.0),
        ),
        "ReduceMax": _REDUCTION,
        "ReduceMean": _REDUCTION,
        "ReduceSum": _REDUCTION,
        "Reshape": (constant(1),),
        "Slice": (fixed_first, constant(1, 2, 3, 4), _empty_range),
        "Split": (constant(1),),
    },
    remedies={
        "Pad": MOBILE,
        "Gather": MOBILE,
        "Log": _SPECTRUM,
        "Atan": "export output_format='CosSin' in place of 'Phase'",
    },
    remark="CoreML computes in half precision on the Neural Engine and may on a GPU; the CPU "
    "provider is what parity was proved on",
)
