"""The prepared module: what the formats write and the proof compares."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from nnaudio_contract import Axes, Described, LayerSpec
from nnaudio_runtime.files.selftest import Measure, generated_signal
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.export import ExportedProgram

from nnaudio_exporters.prepare.inputs import LENGTH_AXES, Input, one_item
from nnaudio_exporters.prepare.lowering_plan import LoweringPlan
from nnaudio_exporters.prepare.outputs import run_eagerly
from nnaudio_exporters.prepare.pcm import reading
from nnaudio_exporters.prepare.precision import FP32, Precision, with_islands
from nnaudio_exporters.prepare.stream import Stream
from nnaudio_exporters.prepare.wrappers import with_one_input


@dataclass(frozen=True)
class PreparedModule:
    """A module ready for export.

    Attributes:
        module: copy on the CPU, in evaluation mode, without gradients.
        graph: its faster equal, which the file holds; the module itself without lowering.
        plan: what lowering did.
        spec: description of the front end in it; None where it has none.
        input: what module and file take.
        outputs: names of the outputs, with symbolic and fixed axes.
        precision: that the file computes in.
        stream: its streaming form, which the file then holds; None for a graph of whole signals.
        program: what the file computes, traced; None where its format does not trace.
    """

    module: nn.Module
    graph: nn.Module
    plan: LoweringPlan
    spec: LayerSpec | None
    input: Input
    outputs: Mapping[str, Axes]
    precision: Precision
    stream: Stream | None = None
    program: ExportedProgram | None = None

    @property
    def name(self) -> str:
        """Class of the front end; of the module, where it has none."""
        return self.spec.layer if self.spec else type(self.module).__name__

    @property
    def described(self) -> LayerSpec | None:
        """The module's own description, where it is itself a front end and not a larger module."""
        return self.spec if isinstance(self.module, Described) else None

    def with_one_item(self) -> PreparedModule:
        """The same for a batch of one."""
        outputs = {name: one_item(axes) for name, axes in self.outputs.items()}
        return replace(self, input=self.input.with_one_item(), outputs=outputs)

    # What the file holds.

    @property
    def written_inputs(self) -> dict[str, Axes]:
        """Names and axes of the file's inputs."""
        if self.stream is not None:
            return self.stream.inputs(self.input)
        return {self.input.name: self.input.axes}

    @property
    def written_outputs(self) -> dict[str, Axes]:
        """Names and axes of the file's outputs."""
        if self.stream is not None:
            return self.stream.outputs(self.outputs, batch=self.input.axes[0])
        return dict(self.outputs)

    def written_graph(self) -> nn.Module:
        """A copy of what the file computes: the graph in its precision, behind what reads PCM."""
        if self.stream is not None:
            return copy.deepcopy(self.stream.module)
        example = torch.from_numpy(self.input.generated(1, self.input.min_length))
        graph = with_islands(copy.deepcopy(self.graph), self.precision, example)
        return with_one_input(reading(self.input.dtype, graph)).eval()

    def example(self) -> tuple[Tensor, ...]:
        """Inputs for tracing the file's graph."""
        # PyTorch specialises on batch 1; two items keep the axis open. The length is one that
        # parity never tries; where there is a bound, the bound: what PyTorch assumes of a length
        # while it traces (that a convolution is large, say) may then not lower it.
        shortest = self.input.min_length
        length = self.input.max_length or (2 * shortest + 6 if self.input.open_length else shortest)
        sizes = {"batch": 2, **dict.fromkeys(LENGTH_AXES, length)}
        signal, *others = (
            tuple(axis if isinstance(axis, int) else sizes[axis] for axis in axes)
            for axes in self.written_inputs.values()
        )
        values = self.input.for_file(self.input.admitted(generated_signal(signal, seed=1)))
        return torch.from_numpy(values), *(torch.ones(shape) for shape in others)

    # What it is compared with.

    def run(
        self, signal: NDArray[np.floating], module: nn.Module | None = None
    ) -> dict[str, Tensor]:
        """Runs the module, or another form of it, in eager mode: input → outputs by name."""
        outputs = run_eagerly(self.module if module is None else module, torch.from_numpy(signal))
        return dict(zip(self.outputs, outputs, strict=True))

    def in_double(self) -> PreparedModule:
        """The same in float64."""
        double = copy.deepcopy(self.module).double()
        graph = copy.deepcopy(self.graph).double()
        spec = double.describe() if isinstance(double, Described) else self.spec
        return replace(self, module=double, graph=graph, spec=spec)

    @property
    def measure(self) -> Measure:
        """How errors of the output are measured."""
        return self.described.measure if self.described else "relative"

    @property
    def loudest(self) -> float:
        """The largest sample that it is for; half precision and PCM end at full scale."""
        bounded = self.precision is not FP32 or self.input.dtype == "int16"
        return 1.0 if bounded else math.inf

    def weight(self, signal: NDArray[np.floating]) -> NDArray[np.floating] | None:
        """How much each output value counts for this input, see :class:`LayerSpec`."""
        if not (self.described and self.described.weight):
            return None
        with torch.inference_mode():
            return self.described.weight(torch.from_numpy(signal)).numpy()
