"""Streaming: a module made to take its input chunk by chunk, with its state as one more input.

A front end knows its streaming form, ``layer.streamed(state, frames)``. Here every front end of a
module is replaced by that form, and the whole becomes a pure function: chunk and state in, outputs
and next state out. What lies between and behind the front ends stays as it is, and must work frame
by frame; parity makes sure.
"""

from __future__ import annotations

import copy
import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from nnaudio_contract import Described, LayerSpec, StateError, Streamable, StreamState, Timing
from nnaudio_runtime.files.stream_spec import StreamSpec
from torch import Tensor, nn

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.prepare.pcm import FromPCM

if TYPE_CHECKING:
    from nnaudio_exporters.prepare.prepared import Subject

_log = logging.getLogger("nnaudio_exporters")

STATE, NEXT_STATE, PRESENT = "state", "next_state", "present"
FRAME_BY_FRAME = (
    "what follows the front end must work frame by frame: no pooling, convolution or normalisation "
    "over time"
)


class StreamedModule(nn.Module):
    """A module as a pure function: ``(chunk, state[, present])`` → ``(outputs…, next state)``.

    Args:
        module: its front ends are streamed already.
        memory: the state that they share.
    """

    def __init__(self, module: nn.Module, memory: StreamState) -> None:
        super().__init__()
        self.module = module
        self.memory = memory

    def forward(self, chunk: Tensor, state: Tensor, present: Tensor | None = None) -> object:
        """As the module, with the state's two ends."""
        self.memory.start(state, present)
        result = self.module(chunk)
        if isinstance(result, Tensor):
            return result, self.memory.finish()
        outputs = result.values() if isinstance(result, dict) else result
        return (*outputs, self.memory.finish())


@dataclass(frozen=True)
class ChunkLength:
    """How long a chunk is asked to be; one frame where nothing is given.

    Attributes:
        seconds: above 0, or None.
        samples: the same in samples (frames, where the input has frames), or None.
    """

    seconds: float | None
    samples: int | None

    def __post_init__(self) -> None:
        """Checks both.

        Raises:
            ValueError: both are given, or one is out of its range.
        """
        seconds, samples = self.seconds, self.samples
        if seconds is not None and samples is not None:
            raise ValueError(f"chunk={seconds!r} and samples={samples!r}: give one of them")
        if samples is not None and (
            isinstance(samples, bool) or not isinstance(samples, int) or samples < 1
        ):
            raise ValueError(f"samples={samples!r}: must be a whole number of at least 1")
        if seconds is not None and (
            isinstance(seconds, bool)
            or not isinstance(seconds, (int, float))
            or not 0 < seconds < math.inf
        ):
            raise ValueError(f"chunk={seconds!r}: must be a finite number of seconds above 0")


def chunk_length(streaming: bool, chunk: float | None, samples: int | None) -> ChunkLength | None:
    """The exporters' arguments as one; None without streaming.

    Raises:
        ValueError: a length without streaming, or one out of its range.
    """
    if streaming:
        return ChunkLength(chunk, samples)
    if chunk is not None or samples is not None:
        raise ValueError(
            f"chunk={chunk!r}, samples={samples!r}: the length of a chunk needs streaming=True"
        )
    return None


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


def make_stream(subject: Subject, chunk: ChunkLength, *, batched: bool) -> Stream:
    """Makes the streaming form of a subject.

    Args:
        subject: with open axes.
        chunk: its length, which is rounded up to whole hops.
        batched: for many signals in step, else for one.

    Raises:
        ValueError: a front end cannot stream, or its frames have no length in seconds.
        ExportError: the module does not run on chunks.
    """
    hop = _hop(subject)
    units = _chunk_units(subject, hop, chunk)
    memory = StreamState(batched=batched)
    module, timings = _streamed(copy.deepcopy(subject.graph), memory, units // hop)
    timing = _joined(timings)
    if subject.input_dtype == "int16":
        module = nn.Sequential(FromPCM(), module)
    streamed = StreamedModule(module, memory).eval()
    spec = StreamSpec(
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
    return Stream(streamed, spec, _output_lengths(subject, streamed, spec))


def _hop(subject: Subject) -> int:
    """Units of the input from frame to frame; one frame, where it has frames."""
    _, timings = _streamed(copy.deepcopy(subject.graph), StreamState(), 1)
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
            raise ValueError(
                "the front ends of a stream must agree in their frames (hop_length, n_fft, center, "
                f"pad_mode and the rest), these do not: {', '.join(map(str, alike))}"
            )
    synthesis = next((timing for timing in others if timing.half_frame), Timing())
    return analyses[0].then(synthesis) if analyses else synthesis


def _chunk_units(subject: Subject, hop: int, chunk: ChunkLength) -> int:
    """The length of a chunk in units of the input, a multiple of the hop."""
    wanted = float(hop)
    if chunk.samples is not None:
        wanted = chunk.samples
    elif chunk.seconds is not None:
        wanted = chunk.seconds * _units_per_second(subject)
    # The small amount is for seconds that are themselves samples over rate.
    units = max(1, math.ceil(wanted / hop - 1e-9)) * hop
    if units != wanted:
        axis = _length_axis(subject)
        _log.info("a chunk of %g %s becomes %d, a multiple of %d", wanted, axis, units, hop)
    return units


def _units_per_second(subject: Subject) -> float:
    spec = subject.spec
    assert spec is not None
    if _length_axis(subject) == "samples":
        return spec.sample_rate
    if spec.hop_length is None:
        raise ValueError(
            f"chunk: {spec.layer} does not know how long its frames are: give their number, "
            "samples=..."
        )
    return spec.sample_rate / spec.hop_length


def _length_axis(subject: Subject) -> str:
    return "frames" if "frames" in subject.input_axes else "samples"


def _output_lengths(subject: Subject, module: StreamedModule, spec: StreamSpec) -> tuple[int, ...]:
    """The length of every output of one chunk, which must be what the timing says."""
    frames = spec.chunk // spec.hop
    inputs = [
        torch.from_numpy(subject.for_file(subject.generated(1, spec.chunk))),
        torch.zeros(1, spec.state_size),
        *([torch.ones(1, frames)] if spec.present else []),
    ]
    try:
        with torch.inference_mode():
            results = module(*inputs)
    except StateError as error:
        raise ExportError(str(error)) from error
    except Exception as error:
        raise ExportError(
            f"the module does not run on a chunk of {frames} frames ({error}): {FRAME_BY_FRAME}"
        ) from error
    *outputs, _ = results
    lengths = []
    for name, axes, output in zip(subject.output_names, subject.output_axes, outputs, strict=True):
        length = [
            size
            for axis, size in zip(axes, output.shape, strict=True)
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
