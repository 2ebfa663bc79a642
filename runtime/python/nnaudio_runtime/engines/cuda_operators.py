"""Which nodes of a graph have a CUDA kernel in ONNX Runtime: a check that needs no GPU.

Sources: the kernels, with the operator versions each was registered for, are those that ONNX
Runtime's ``docs/OperatorKernels.md`` lists under CUDAExecutionProvider (commit 001d12d2). The rule
that matches a node to a kernel is ``VerifyVersion`` in ``core/framework/kernel_registry.cc``
(commit 032935e6): what counts is the operator's *since-version* at the model's opset. A kernel
with a closed range takes every since-version in it, a kernel with an open end ("18+") only the
one since-version it begins with, so an operator that ONNX revises loses its kernel until ONNX
Runtime registers a new one.

The table below is that rule applied once, with the since-versions of ``onnx.defs`` (opset 28):
per operator the first and the last default-domain opset at which its node is taken for float32
(or for the booleans and indices that go with it). ``tests/runtime/test_cuda_operators.py`` checks
it against ``onnx.defs``. STFT, DFT, Atan, Col2Im and MelWeightMatrix are missing on purpose: they
have no CUDA kernel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nnaudio_runtime.files.onnx_file import OnnxFile, read_onnx

if TYPE_CHECKING:
    from pathlib import Path

# The newest opset that the table knows; a node of a later one is not vouched for.
NEWEST_OPSET = 28

# fmt: off
CUDA_OPSETS: dict[str, tuple[int, int]] = {
    "Abs": (6, 28), "Add": (7, 28), "And": (7, 28), "ArgMax": (1, 28), "ArgMin": (1, 28),
    "Attention": (23, 24), "AveragePool": (7, 28), "BatchNormalization": (7, 28), "Cast": (6, 23),
    "Ceil": (6, 28), "Clip": (6, 28), "Compress": (9, 27), "Concat": (4, 28),
    "ConcatFromSequence": (11, 28), "ConstantOfShape": (9, 19), "Conv": (1, 28),
    "ConvTranspose": (1, 21), "Cos": (7, 21), "CumSum": (11, 28), "DepthToSpace": (1, 27),
    "DequantizeLinear": (10, 22), "Div": (7, 28), "Dropout": (7, 21), "Einsum": (12, 27),
    "Elu": (6, 21), "Equal": (11, 18), "Erf": (9, 28), "Exp": (6, 28), "Expand": (8, 28),
    "EyeLike": (9, 21), "Flatten": (1, 20), "Floor": (6, 28), "GRU": (7, 21), "Gather": (1, 28),
    "GatherElements": (11, 28), "GatherND": (11, 28), "Gelu": (20, 28), "Gemm": (7, 28),
    "GlobalAveragePool": (1, 21), "GlobalMaxPool": (1, 21), "Greater": (7, 28),
    "GreaterOrEqual": (12, 28), "GridSample": (16, 28), "HardSigmoid": (6, 28),
    "HardSwish": (14, 28), "Identity": (1, 20), "If": (1, 20), "InstanceNormalization": (6, 21),
    "IsInf": (10, 28), "IsNaN": (9, 28), "LRN": (1, 28), "LSTM": (7, 21),
    "LayerNormalization": (17, 28), "LeakyRelu": (6, 28), "Less": (7, 28), "LessOrEqual": (12, 28),
    "Log": (6, 28), "LogSoftmax": (1, 28), "Loop": (1, 20), "MatMul": (1, 28), "Max": (6, 28),
    "MaxPool": (1, 21), "Min": (6, 28), "Mod": (10, 27), "Mul": (7, 28), "Neg": (6, 28),
    "NonZero": (9, 28), "Not": (1, 28), "OneHot": (11, 27), "Or": (7, 28), "PRelu": (7, 28),
    "Pad": (2, 18), "Pow": (7, 28), "QuantizeLinear": (10, 22), "RMSNormalization": (23, 28),
    "RNN": (7, 21), "RandomNormal": (1, 21), "RandomNormalLike": (1, 21), "RandomUniform": (1, 21),
    "RandomUniformLike": (1, 21), "Range": (11, 26), "Reciprocal": (6, 28), "ReduceL1": (1, 28),
    "ReduceL2": (1, 28), "ReduceLogSum": (1, 27), "ReduceLogSumExp": (1, 27), "ReduceMax": (1, 19),
    "ReduceMean": (1, 28), "ReduceMin": (1, 19), "ReduceProd": (1, 28), "ReduceSum": (1, 28),
    "ReduceSumSquare": (1, 28), "Relu": (6, 28), "Reshape": (1, 23), "Resize": (10, 28),
    "ReverseSequence": (10, 27), "RoiAlign": (10, 15), "RotaryEmbedding": (23, 28),
    "Round": (11, 21), "Scan": (8, 20), "Scatter": (9, 10), "ScatterElements": (11, 28),
    "ScatterND": (11, 28), "Selu": (6, 21), "SequenceAt": (11, 28), "SequenceConstruct": (11, 28),
    "SequenceEmpty": (11, 28), "SequenceErase": (11, 28), "SequenceInsert": (11, 28),
    "SequenceLength": (11, 28), "Shape": (1, 23), "Shrink": (9, 28), "Sigmoid": (6, 28),
    "Sign": (13, 28), "Sin": (7, 21), "Size": (1, 18), "Slice": (1, 28), "Softmax": (1, 28),
    "Softplus": (1, 21), "Softsign": (1, 21), "SpaceToDepth": (1, 27), "Split": (2, 28),
    "Sqrt": (6, 28), "Squeeze": (1, 23), "Sub": (7, 28), "Sum": (6, 28), "Tanh": (6, 28),
    "TensorScatter": (24, 28), "ThresholdedRelu": (10, 21), "Tile": (6, 28), "TopK": (1, 23),
    "Transpose": (1, 23), "Trilu": (14, 28), "Unsqueeze": (1, 23), "Upsample": (7, 9),
    "Where": (9, 28), "Xor": (7, 28),
}
# fmt: on


class Fallback(NamedTuple):
    """A node that ONNX Runtime would run on the CPU, with copies from and to the GPU around it."""

    node: str
    op_type: str
    reason: str


def cuda_fallbacks(model: str | Path | OnnxFile) -> list[Fallback]:
    """The nodes of a graph without a CUDA kernel in ONNX Runtime.

    It is a static check of operators and opsets: types other than float32 and attributes are not
    looked at, and ONNX Runtime may still choose the CPU for small computations on shapes. What a
    session really did is :meth:`nnaudio_runtime.Frontend.placement`.

    Args:
        model: path of an ``.onnx`` file, or its outline.

    Returns:
        One entry per such node, in the file's order; empty where all have a kernel.
    """
    outline = model if isinstance(model, OnnxFile) else read_onnx(model)
    opset = outline.opsets.get("", 0)
    reasons = ((node, _reason(node.op_type, node.domain, opset)) for node in outline.nodes)
    return [Fallback(node.name, node.op_type, reason) for node, reason in reasons if reason]


def _reason(op_type: str, domain: str, opset: int) -> str:
    if domain not in ("", "ai.onnx"):
        return f"domain {domain} is not in the table"
    if op_type == "Constant":  # becomes an initializer when the graph is loaded
        return ""
    if op_type not in CUDA_OPSETS:
        return "has no CUDA kernel"
    first, last = CUDA_OPSETS[op_type]
    if opset > NEWEST_OPSET:
        return f"opset {opset} is newer than the table ({NEWEST_OPSET})"
    if not first <= opset <= last:
        return f"has a CUDA kernel at opset {first} to {last}, the graph has opset {opset}"
    return ""
