"""How what a stream gives lies in time, and what is passed along a chain that is made to stream."""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from torch import Tensor, nn

from nnaudio_contract.spec import LayerSpec
from nnaudio_contract.stream_state import StreamState

PadMode = Literal["reflect", "constant"]


@dataclass(frozen=True)
class Timing:
    """How the outputs of a streamed front end lie in time.

    Lengths are in units of its input's length axis: samples, or frames of an inverse. A file says
    the same of itself, see ``docs/format.md``.

    Attributes:
        hop: from one frame to the next.
        frame_length: that one frame of the offline layer takes.
        pad: on both sides of the input.
        pad_mode: ``"reflect"`` or ``"constant"``.
        lead: zeros in front of it all.
        warmup: frames before the first one that exists.
        latency: input beyond a frame's centre that must have come.
        per_frame: outputs per frame.
        trim: outputs to drop behind those of the warm-up.
        tail: outputs that are more than ``per_frame`` times the number of frames.
        half_frame: of a synthesis, output samples from a frame's start to its centre.
    """

    hop: int = 1
    frame_length: int = 1
    pad: int = 0
    pad_mode: PadMode = "constant"
    lead: int = 0
    warmup: int = 0
    latency: int = 0
    per_frame: int = 1
    trim: int = 0
    tail: int = 0
    half_frame: int = 0

    def then(self, synthesis: "Timing") -> "Timing":
        """Of an analysis with a synthesis behind it."""
        return replace(
            self,
            latency=self.latency + synthesis.half_frame,
            per_frame=synthesis.per_frame,
            trim=synthesis.trim,
            tail=synthesis.tail,
        )


@dataclass(frozen=True)
class StreamPlan:
    """What every block of a chain is told.

    Attributes:
        spec: description of the front end.
        state: in which a block reserves its part.
        frames: of a chunk.
    """

    spec: LayerSpec
    state: StreamState
    frames: int


@dataclass(frozen=True)
class Flow:
    """What is known of the tensor at one point of a streamed chain.

    Attributes:
        timing: of the blocks so far.
        merged: the frames of all signals lie one behind the other, as those of one signal: a
            product of many columns is faster than many of a few.
    """

    timing: Timing = Timing()
    merged: bool = False

    def separated(self, plan: StreamPlan) -> list[nn.Module]:
        """What gives every signal its own frames again; nothing where it has them."""
        return [SeparatedSignals(plan.frames)] if self.merged else []


class StreamingForm(NamedTuple):
    """A block's answer when a chain is made to stream.

    Attributes:
        modules: its form for chunks, one after the other; none where the runtime does its work.
        flow: what is known behind them.
    """

    modules: list[nn.Module]
    flow: Flow


class StreamedPart(NamedTuple):
    """The streaming form of a front end, and its timing."""

    module: nn.Module
    timing: Timing


class SeparatedSignals(nn.Module):
    """``(1, bins, batch * frames[, 2])`` → ``(batch, bins, frames[, 2])``.

    Args:
        frames: of a chunk.
    """

    def __init__(self, frames: int) -> None:
        super().__init__()
        self.frames = frames

    def forward(self, values: Tensor) -> Tensor:
        """Every signal's own frames."""
        pair = [2] * (values.dim() - 3)
        order = [1, 0, *range(2, values.dim())]
        return values.reshape([values.shape[1], -1, self.frames, *pair]).permute(order)
