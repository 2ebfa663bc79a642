"""How a streaming graph is to be fed: what its file says about itself, ``nnaudio.streaming.*``.

The graph is pure: ``(chunk, state[, present])`` → ``(outputs…, next state)``. The stream that it is
fed, in units of the input's length axis, is: ``lead`` zeros, the padding, the signal, the padding,
and zeros for as long as outputs are due. ``docs/format.md`` goes through it step by step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nnaudio_runtime.errors import ModelFileError
from nnaudio_runtime.files.properties import MOST_VALUES, parse_whole, whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PadMode = Literal["reflect", "constant"]
PAD_MODES: tuple[PadMode, ...] = ("reflect", "constant")

_PREFIX = "streaming."
# Whole numbers of the description, and the least that each may be. Buffers are sized by them.
_NUMBERS = {
    "chunk": 1,
    "hop": 1,
    "frame_length": 1,
    "pad": 0,
    "lead": 0,
    "warmup": 0,
    "per_frame": 1,
    "trim": 0,
    "tail": -MOST_VALUES,
    "latency": -MOST_VALUES,
}


@dataclass(frozen=True)
class StreamSpec:
    """The description of a streaming graph.

    Attributes:
        chunk: samples that a run takes; frames where the input has frames. A multiple of ``hop``.
        hop: from one frame to the next.
        frame_length: that one frame takes of the padded signal.
        pad: on both sides of the signal.
        pad_mode: ``"reflect"`` (without repeating the edge) or ``"constant"`` (zeros).
        lead: zeros in front of it all.
        warmup: frames that a stream gives before the signal's first.
        per_frame: outputs for each frame: 1 for features, a hop of samples for audio.
        trim: outputs to drop behind those of the warm-up.
        tail: outputs in all beyond ``per_frame`` for each frame; may be below 0.
        latency: input that must have come beyond the centre of a frame, or beyond an audio
            output's own time, before it is given; how long a chunk is comes on top.
        state_input: name of the input ``(batch, state_size)``; zeros at the start.
        state_output: name of the output that is the next run's ``state_input``.
        state_size: values per stream.
        present: name of the input ``(batch, frames per chunk)`` that is 1 for frames of the signal
            and 0 for those of the warm-up and behind the end; None where the graph has none.

    Example:
        >>> spec = StreamSpec(chunk=320, hop=160, frame_length=400, pad=200, lead=80, warmup=2,
        ...                   state_size=240, latency=200)
        >>> spec.frames(16000), spec.skipped, spec.outputs(16000)
        (101, 2, 101)
        >>> StreamSpec.from_properties(spec.to_properties()) == spec
        True
    """

    chunk: int
    hop: int
    frame_length: int
    state_size: int
    pad: int = 0
    pad_mode: PadMode = "reflect"
    lead: int = 0
    warmup: int = 0
    per_frame: int = 1
    trim: int = 0
    tail: int = 0
    latency: int = 0
    state_input: str = "state"
    state_output: str = "next_state"
    present: str | None = None

    @property
    def frames_per_chunk(self) -> int:
        """Frames that a run gives."""
        return self.chunk // self.hop

    @property
    def skipped(self) -> int:
        """Outputs to drop at the start of a stream."""
        return self.warmup * self.per_frame + self.trim

    def frames(self, length: int) -> int:
        """Frames of a whole signal of a length; below 1 where it is too short for one."""
        return 1 + (length + 2 * self.pad - self.frame_length) // self.hop

    def outputs(self, length: int) -> int:
        """Outputs of a whole signal of a length."""
        return self.frames(length) * self.per_frame + self.tail

    def to_properties(self) -> dict[str, str]:
        """Flat properties without their prefix ``nnaudio.``, in a fixed order."""
        values = {_PREFIX + name: str(getattr(self, name)) for name in _NUMBERS}
        values[_PREFIX + "pad_mode"] = self.pad_mode
        values[_PREFIX + "state"] = f"{self.state_input} {self.state_output} {self.state_size}"
        if self.present is not None:
            values[_PREFIX + "present"] = self.present
        return values

    @classmethod
    def from_properties(cls, properties: Mapping[str, str]) -> StreamSpec | None:
        """Reads the properties back; None where they describe no stream.

        Raises:
            ModelFileError: a property is missing, malformed or out of its range.
        """
        given = {k[len(_PREFIX) :]: v for k, v in properties.items() if k.startswith(_PREFIX)}
        if not given:
            return None
        numbers = {
            name: whole_number(_PREFIX + name, _text(given, name), least, MOST_VALUES)
            for name, least in _NUMBERS.items()
        }
        if numbers["chunk"] % numbers["hop"]:
            raise ModelFileError(
                f"nnaudio.streaming.chunk is {numbers['chunk']}, it must be a multiple of "
                f"nnaudio.streaming.hop, {numbers['hop']}"
            )
        names = _text(given, "state").split()
        size = parse_whole(names[2]) if len(names) == 3 else None
        if size is None or not 1 <= size <= MOST_VALUES:
            raise ModelFileError(
                f"nnaudio.streaming.state is {given['state'][:40]!r}, it must be an input, an "
                "output and a size, such as 'state next_state 240'"
            )
        return cls(
            **numbers,
            pad_mode=_pad_mode(_text(given, "pad_mode")),
            state_input=names[0],
            state_output=names[1],
            state_size=size,
            present=given.get("present"),
        )


def time_axis(names: Sequence[str]) -> int | None:
    """Of an output, the axis along which what is given goes on; None where no name says so.

    Example:
        >>> time_axis(("batch", "bins", "frames_2")), time_axis(("batch", "bins"))
        (2, None)
    """
    along = (i for i, name in enumerate(names) if name.startswith(("frames", "samples")))
    return next(along, None)


def _text(given: Mapping[str, str], name: str) -> str:
    if name not in given:
        raise ModelFileError(f"the graph streams, but has no nnaudio.streaming.{name}")
    return given[name]


def _pad_mode(value: str) -> PadMode:
    for mode in PAD_MODES:
        if value == mode:
            return mode
    raise ModelFileError(
        f"nnaudio.streaming.pad_mode is {value[:40]!r}, it must be one of {PAD_MODES}"
    )
