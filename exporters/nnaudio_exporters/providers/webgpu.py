"""WebGPU, in a browser or in a program.

The kernels are those that ``core/providers/webgpu/webgpu_execution_provider.cc`` declares for
ONNX's own operators (commit 003f772b), with the versions for which each is registered.
"""

from __future__ import annotations

from nnaudio_exporters.providers.nodes import Node
from nnaudio_exporters.providers.provider import Provider, Refusal
from nnaudio_exporters.providers.rules import dtypes

_SINCE_6 = ["Abs", "Neg", "Floor", "Ceil", "Reciprocal", "Sqrt", "Exp", "Sigmoid", "Log", "Tanh"]
_SINCE_7 = ["Sin", "Cos", "Tan", "Asin", "Acos", "Atan"]
_SINCE_9 = ["Sinh", "Cosh", "Asinh", "Acosh", "Atanh"]
_REDUCTIONS = [
    "ReduceMean",
    "ReduceProd",
    "ReduceL1",
    "ReduceL2",
    "ReduceLogSum",
    "ReduceSumSquare",
]


def _two_dimensional(node: Node) -> Refusal | None:
    weight = node.input(1)
    if weight is not None and weight.shape is not None and len(weight.shape) > 4:
        return Refusal("a convolution over 3 axes", "leave it to the CPU")
    return None


WEBGPU = Provider(
    name="webgpu",
    source="core/providers/webgpu/webgpu_execution_provider.cc (003f772b)",
    versions={
        **dict.fromkeys(_SINCE_6, "6-12,13+"),
        **dict.fromkeys(_SINCE_7, "7+"),
        **dict.fromkeys(_SINCE_9, "9+"),
        **dict.fromkeys(_REDUCTIONS, "1-10,11-12,13-17,18+"),
        **dict.fromkeys(("ReduceMax", "ReduceMin"), "1-10,11,12,13-17,18-19,20+"),
        **dict.fromkeys(("Add", "Sub", "Mul", "Div"), "7-12,13,14+"),
        **dict.fromkeys(("Greater", "Less"), "7-8,9-12,13+"),
        **dict.fromkeys(("GreaterOrEqual", "LessOrEqual"), "12-15,16+"),
        **dict.fromkeys(("Squeeze", "Unsqueeze"), "1-10,11-12,13+"),
        **dict.fromkeys(("Conv", "ConvTranspose"), "1-10,11+"),
        **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool"), "1+"),
        **dict.fromkeys(("ArgMax", "ArgMin", "Softmax"), "1-10,11-12,13+"),
        "AveragePool": "7-9,10,11+",
        "BatchNormalization": "7-8,9-13,14,15+",
        "Cast": "6-8,9-12,13-18,19+",
        "Clip": "11,12,13+",
        "Concat": "1-3,4-10,11-12,13+",
        "CumSum": "11-13,14+",
        "DepthToSpace": "11-12,13+",
        "DequantizeLinear": "10-12,13-18,19-20,21+",
        "Einsum": "12+",
        "Elu": "6+",
        "Equal": "7-10,11-12,13-18,19+",
        "Erf": "9-12,13+",
        "Expand": "8-12,13+",
        "Flatten": "1-8,9-10,11-12,13-20,21+",
        "Gather": "1-10,11-12,13+",
        "GatherElements": "11-12,13+",
        "Gelu": "20+",
        "Gemm": "7-8,9-10,11-12,13+",
        "HardSigmoid": "6+",
        "If": "1-10,11-12,13-18,19-20,21+",
        "InstanceNormalization": "6+",
        "LayerNormalization": "17+",
        "LeakyRelu": "6-15,16+",
        "MatMul": "1-12,13+",
        "MaxPool": "1-7,8-9,10,11,12+",
        "Not": "1+",
        "Pad": "2-10,11-12,13-17,18,19-20,21-22,23+",
        "Pow": "7-11,12,13-14,15+",
        "Range": "11+",
        "ReduceLogSumExp": "1-10,11-12,13-17,18+",
        "ReduceSum": "1-10,11-12,13+",
        "Relu": "6-12,13,14+",
        "Reshape": "5-12,13,14-18,19-20,21+",
        "Resize": "10,11-12,13-17,18,19+",
        "Shape": "1-12,13-14,15-18,19-20,21-22,23+",
        "Slice": "1-9,10,11-12,13+",
        "Split": "1,2-10,11-12,13-17,18+",
        "ThresholdedRelu": "10+",
        "Tile": "6-12,13+",
        "Transpose": "1-12,13-20",
        "Where": "9-15,16+",
    },
    everywhere=(dtypes("float32", "float16", "int32", "uint32", "bool"),),
    rules={"Conv": (_two_dimensional,), "ConvTranspose": (_two_dimensional,)},
    remedies={"Max": "clip by a constant in place of it", "Min": "clip by a constant"},
    remark="a chain that a node leaves is copied from the GPU and back",
)
