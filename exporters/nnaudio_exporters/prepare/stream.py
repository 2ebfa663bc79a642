"""Streaming: a module made to take its input chunk by chunk, with its state as one more input.

A front end knows its streaming form, ``layer.streamed(state, frames)``. Here every front end of a
module is replaced by that form, and the whole becomes a pure function: chunk and state in, outputs
and next state out. What lies between and behind the front ends stays as it is, and must work frame
by frame; parity makes sure.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, fields

import torch
from nnaudio_contract import (
    Axes,
    Described,
    LayerSpec,
    StateError,
    Streamable,
    StreamState,
    Timing,
    added_to,
)
from nnaudio_runtime.files.stream_spec import StreamSpec
from torch import nn

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.prepare.chunk_length import ChunkLength
from nnaudio_exporters.prepare.inputs import LENGTH_AXES, Input
from nnaudio_exporters.prepare.pcm import reading
from nnaudio_exporters.prepare.streamed_module import StreamedModule

STATE, NEXT_STATE, PRESENT = "state", "next_state", "present"
FRAME_BY_FRAME = (
    "what follows the front end must work frame by frame: no pooling, convolution or normalisation "
    "over time"
)


@dataclass(frozen=True)
class Stream:
    """What an export as a stream writes.

    Attributes:
        module: the graph.
        spec: what the file says of it.
        output_lengths: along the time axis of each output, for one chunk.
    """

    module: StreamedModule
    spec: StreamSpec
    output_lengths: tuple[int, ...]

    def inputs(self, model_input: Input) -> dict[str, Axes]:
        """Names and axes of the graph's inputs, for the input of whole signals."""
        spec, batch = self.spec, model_input.axes[0]
        inputs: dict[str, Axes] = {
            model_input.name: tuple(
                spec.chunk if axis in LENGTH_AXES else axis for axis in model_input.axes
            ),
            spec.state_input: (batch, spec.state_size),
        }
        if spec.present is not None:
            inputs[spec.present] = (batch, spec.chunk // spec.hop)
        return inputs

    def outputs(self, whole: Mapping[str, Axes], batch: str | int) -> dict[str, Axes]:
        """Names and axes of the graph's outputs, for those of whole signals."""
        outputs: dict[str, Axes] = {}
        for (name, axes), length in zip(whole.items(), self.output_lengths, strict=True):
            outputs[name] = tuple(
                axis if isinstance(axis, int) else batch if axis == "batch" else length
                for axis in axes
            )
        return outputs | {self.spec.state_output: (batch, self.spec.state_size)}


def make_stream(
    graph: nn.Module,
    spec: LayerSpec | None,
    model_input: Input,
    outputs: Mapping[str, Axes],
    chunk: ChunkLength,
    *,
    batched: bool,
) -> Stream:
    """Makes the streaming form of a module.

    Args:
        graph: that takes whole signals; is copied.
        spec: of the front end in it.
        model_input: of whole signals, with open axes.
        outputs: names and axes of what it gives, with open axes.
        chunk: its length, which is rounded up to whole hops.
        batched: for many signals in step, else for one.

    Raises:
        ValueError: a front end cannot stream, or its frames have no length in seconds.
        ExportError: the module does not run on chunks.
    """
    hop = _hop(graph)
    assert spec is not None  # or there were no hop
    units = chunk.in_units(spec, model_input.length_axis, hop)
    memory = StreamState(batched=batched)
    module, timings = _streamed(copy.deepcopy(graph), memory, units // hop)
    timing = _joined(timings)
    streamed = StreamedModule(reading(model_input.dtype, module), memory).eval()
    described = StreamSpec(
        chunk=units,
        hop=timing.hop,
        frame_length=timing.frame_length,
        pad=timing.pad,
        pad_mode=timing.pad_mode,
        lead=timing.lead,
        warmup=timing.warmup,
        per_frame=timing.per_frame,
        trim=timing.trim,
        tail=timing.tail,
        latency=timing.latency,
        state_input=STATE,
        state_output=NEXT_STATE,
        state_size=memory.size,
        present=PRESENT if memory.reads_present else None,
    )
    return Stream(streamed, described, _output_lengths(streamed, described, model_input, outputs))


def _hop(graph: nn.Module) -> int:
    """Units of the input from frame to frame; one frame, where it has frames."""
    _, timings = _streamed(copy.deepcopy(graph), StreamState(), 1)
    if not timings:
        raise ValueError(
            "streaming=True needs a front end in the module, which knows how its frames lie in time"
        )
    return _joined(timings).hop


def _streamed(
    module: nn.Module, memory: StreamState, frames: int
) -> tuple[nn.Module, list[tuple[LayerSpec, Timing]]]:
    """The module with its front ends replaced; itself replaced where it is one."""
    if isinstance(module, Described):
        spec = module.describe()
        if spec.needs_whole_signal:
            raise ValueError(f"{spec.layer} cannot stream: {spec.needs_whole_signal}")
        if not isinstance(module, Streamable):
            raise ValueError(f"{spec.layer} cannot stream: it has no method `streamed`")
        if added := added_to(module, "streamed", "chain"):
            raise ValueError(
                f"{spec.layer} cannot stream: {added}, which its form for chunks would leave out; "
                "put what was added behind the layer, or write `streamed`"
            )
        part = module.streamed(memory, frames)
        return part.module, [(spec, part.timing)]
    timings = []
    for name, child in module.named_children():
        replaced, of_child = _streamed(child, memory, frames)
        setattr(module, name, replaced)
        timings += of_child
    return module, timings


def _joined(timings: list[tuple[LayerSpec, Timing]]) -> Timing:
    """Of all front ends together: those that take audio, then those that take frames."""
    analyses = [timing for spec, timing in timings if "samples" in spec.input_axes]
    others = [timing for spec, timing in timings if "samples" not in spec.input_axes]
    for alike in (analyses, [timing for timing in others if timing.half_frame]):
        if len(set(alike)) > 1:
            apart = {
                field.name: " and ".join(
                    dict.fromkeys(str(getattr(timing, field.name)) for timing in alike)
                )
                for field in fields(alike[0])
                if len({getattr(timing, field.name) for timing in alike}) > 1
            }
            raise ValueError(
                "the front ends of a stream must agree in their frames (hop_length, n_fft, center, "
                "pad_mode and the rest), these do not: "
                + ", ".join(f"{name} {values}" for name, values in apart.items())
            )
    synthesis = next((timing for timing in others if timing.half_frame), Timing())
    return analyses[0].then(synthesis) if analyses else synthesis


def _output_lengths(
    module: StreamedModule, spec: StreamSpec, model_input: Input, outputs: Mapping[str, Axes]
) -> tuple[int, ...]:
    """The length of every output of one chunk, which must be what the timing says."""
    frames = spec.chunk // spec.hop
    inputs = [
        torch.from_numpy(model_input.for_file(model_input.generated(1, spec.chunk))),
        torch.zeros(1, spec.state_size),
        *([torch.ones(1, frames)] if spec.present else []),
    ]
    try:
        with torch.inference_mode():
            *results, _ = module(*inputs)
    except StateError as error:
        raise ExportError(str(error)) from error
    except Exception as error:
        raise ExportError(
            f"the module does not run on a chunk of {frames} frames ({error}): {FRAME_BY_FRAME}"
        ) from error
    lengths = []
    for (name, axes), result in zip(outputs.items(), results, strict=True):
        length = [
            size
            for axis, size in zip(axes, result.shape, strict=True)
            if isinstance(axis, str) and axis != "batch"
        ]
        if length != [frames * spec.per_frame]:
            raise ValueError(
                f"output {name!r} has axes {axes} and gives {length or 'nothing'} along time for a "
                f"chunk of {frames} frames, where {frames * spec.per_frame} were due: "
                f"{FRAME_BY_FRAME}"
            )
        lengths += length
    return tuple(lengths)
