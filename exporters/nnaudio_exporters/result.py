"""What an export gives back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnaudio_runtime import Fallback
from nnaudio_runtime.files.metadata import Metadata

from nnaudio_exporters.prepare.lowering_plan import LoweringPlan
from nnaudio_exporters.prepare.structure import WholeSignal
from nnaudio_exporters.proof.report import ParityReport
from nnaudio_exporters.proof.search.seeking import SearchReport


@dataclass(frozen=True)
class ExportResult:
    """What an export wrote; ``str`` shows the parity table.

    Attributes:
        path: of the file.
        size: of the file, in bytes.
        metadata: what the file says about itself.
        parity: the comparisons with the eager module.
        plan: what lowering did.
        whole_signal: what in the module looks at the whole signal, so that the file has a longest
            input.
        bounds: what else bounds the file's lengths or batches, with the line of the user's code.
        cuda_fallbacks: nodes for which ONNX Runtime has no CUDA kernel (ONNX files only).
        search: what a search for counter-examples did; None without ``proof="search"``.
    """

    path: Path
    size: int
    metadata: Metadata
    parity: ParityReport
    plan: LoweringPlan
    whole_signal: tuple[WholeSignal, ...] = ()
    bounds: tuple[str, ...] = ()
    cuda_fallbacks: tuple[Fallback, ...] = ()
    search: SearchReport | None = None

    def _domain(self) -> str:
        said = self.metadata
        longest = f" to {said.max_length:,}" if said.max_length else " and more"
        text = f"{said.min_length:,}{longest} {said.length_axis}"
        if said.max_batch or said.min_batch > 1:
            most = f" to {said.max_batch}" if said.max_batch else " and more"
            text += f", a batch of {said.min_batch}{most}"
        return text

    def __str__(self) -> str:
        axes = "; ".join(", ".join(axes) for axes in self.metadata.output_axes)
        text = (
            f"{self.path}  {self.size / 1000:,.0f} kB  {self.metadata.layer} "
            f"({', '.join(self.metadata.input_axes)}) -> ({axes})\n{self.plan}\n{self.parity}"
        )
        if self.metadata.streaming is None:
            text += f"\nproved for {self._domain()}"
        if self.whole_signal:
            text += f"; it looks at the whole signal: {', '.join(map(str, self.whole_signal))}"
        if self.bounds:
            text += f"; beyond that the module goes another way: {', '.join(self.bounds)}"
        if self.search is not None:
            text += f"\n{self.search}"
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
