"""What an export gives back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnaudio_runtime import Fallback
from nnaudio_runtime.files.metadata import Metadata

from nnaudio_exporters.prepare.lowering import LoweringPlan
from nnaudio_exporters.proof.report import ParityReport


@dataclass(frozen=True)
class ExportResult:
    """What an export wrote; ``str`` shows the parity table.

    Attributes:
        path: of the file.
        size: of the file, in bytes.
        metadata: what the file says about itself.
        parity: the comparisons with the eager module.
        plan: what lowering did.
        cuda_fallbacks: nodes for which ONNX Runtime has no CUDA kernel (ONNX files only).
    """

    path: Path
    size: int
    metadata: Metadata
    parity: ParityReport
    plan: LoweringPlan
    cuda_fallbacks: tuple[Fallback, ...] = ()

    def __str__(self) -> str:
        axes = "; ".join(", ".join(axes) for axes in self.metadata.output_axes)
        text = (
            f"{self.path}  {self.size / 1000:,.0f} kB  {self.metadata.layer} "
            f"({', '.join(self.metadata.input_axes)}) -> ({axes})\n{self.plan}\n{self.parity}"
        )
        stream = self.metadata.streaming
        if stream is not None:
            units = self.metadata.length_axis
            text += (
                f"\nstreams in chunks of {stream.chunk} {units}, {stream.frames_per_chunk} frames, "
                f"{stream.latency} {units} late, with a state of {stream.state_size} values"
            )
        if self.cuda_fallbacks:
            operators = ", ".join(sorted({node.op_type for node in self.cuda_fallbacks}))
            text += f"\nOn CUDA, ONNX Runtime runs these operators on the CPU: {operators}"
        return text
