"""NVIDIA's GPUs, by the table of :mod:`nnaudio_runtime.engines.cuda_operators`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnaudio_runtime import cuda_fallbacks
from nnaudio_runtime.engines.cuda_operators import CUDA_OPSETS
from nnaudio_runtime.files import onnx_file

from nnaudio_exporters.providers.nodes import Node
from nnaudio_exporters.providers.provider import Provider, Refusal


@dataclass(frozen=True)
class _Cuda(Provider):
    def refusal(self, node: Node) -> Refusal | None:
        outline = onnx_file.OnnxFile(
            Path(),
            {"": node.opset},
            (onnx_file.Node(node.name, node.op_type, node.domain),),
            {},
            (),
        )
        for fallback in cuda_fallbacks(outline):
            remedy = "export with opset=18" if "opset" in fallback.reason else "leave it to the CPU"
            return Refusal(fallback.reason, self.remedies.get(node.op_type, remedy))
        return None


CUDA = _Cuda(
    name="cuda",
    source="ONNX Runtime's docs/OperatorKernels.md (001d12d2), "
    "core/framework/kernel_registry.cc (032935e6)",
    versions={name: f"{first}-{last}" for name, (first, last) in CUDA_OPSETS.items()},
    remedies={
        "Atan": "export output_format='CosSin' in place of 'Phase'",
        "STFT": "use a layer of nnaudio-export",
        "DFT": "use a layer of nnaudio-export",
    },
    remark="types other than float32 are not looked at",
)
