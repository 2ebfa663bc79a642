"""XNNPACK: fast convolutions and products on the CPUs of phones.

It takes whole convolutions and products only. All else runs in ONNX Runtime's own CPU provider, in
the same memory, so that a node it leaves costs no copy.

The kernels are those that ``core/providers/xnnpack/xnnpack_execution_provider.cc`` registers
(commit 1b38b582); the conditions are those of ``detail/node_support_checker.cc`` (6479e4bc),
``nn/conv_base.cc`` (d6efbe49) and ``math/matmul.cc``.
"""

from __future__ import annotations

from nnaudio_exporters.providers.nodes import Node
from nnaudio_exporters.providers.provider import FIXED, Provider, Refusal, Rule
from nnaudio_exporters.providers.rules import attribute, constant, dtypes, ranks


def _known_sizes(node: Node) -> Refusal | None:
    first = node.input(0)
    if first is not None and first.shape is not None and None in first.shape[1:]:
        return Refusal(f"input 0 has an open axis beside the batch: {first.text}", FIXED)
    return None


_CONVOLUTION: tuple[Rule, ...] = (
    dtypes("float32"),
    ranks(0, 4),
    ranks(1, 4),
    _known_sizes,
    constant(1, 2, remedy="freeze the weight"),
    attribute("auto_pad", "NOTSET", "VALID", "SAME_UPPER"),
)
_POOL: tuple[Rule, ...] = (dtypes("float32"), ranks(0, 4), _known_sizes)

XNNPACK = Provider(
    name="xnnpack",
    source="core/providers/xnnpack/xnnpack_execution_provider.cc (1b38b582), "
    "detail/node_support_checker.cc (6479e4bc), nn/conv_base.cc (d6efbe49), math/matmul.cc",
    versions={
        "Conv": "11+",
        "ConvTranspose": "1-10,11+",
        "MaxPool": "11,12+",
        "AveragePool": "11+",
        "Softmax": "1-12,13+",
        "Resize": "10,11-12,13-17,18,19+",
        "Gemm": "7-12,13+",
        "MatMul": "1-12,13+",
    },
    rules={
        "Conv": _CONVOLUTION,
        "ConvTranspose": _CONVOLUTION,
        "MaxPool": _POOL,
        "AveragePool": _POOL,
        "Softmax": (dtypes("float32"),),
        "Resize": (ranks(0, 4), _known_sizes),
        "Gemm": (
            dtypes("float32", "float16"),
            ranks(0, 1, 2),
            constant(1, remedy="freeze the weight"),
        ),
        "MatMul": (
            dtypes("float32", "float16"),
            ranks(0, 1, 2),
            ranks(1, 1, 2),
            constant(1, remedy="freeze the weight"),
        ),
    },
    fuses=("Clip", "Relu"),
    fused_into=("Conv", "MaxPool", "AveragePool"),
    remark="what XNNPACK leaves runs in ONNX Runtime's CPU provider without a copy: the share of "
    "the multiplications counts, not that of the nodes",
)
