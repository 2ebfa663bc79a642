"""Overlap-add that gives its audio chunk by chunk."""

from typing import Protocol, cast

from nnaudio_contract import Flow, StreamingForm, StreamPlan, StreamState, Timing
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.window_sum import divisor


class Synthesis(Protocol):
    """An overlap-add in any form: frames that are added up, and divided by their windows' sum.

    Attributes:
        window: ``(n_fft,)``, of the analysis.
        hop_length: samples from one frame to the next.
    """

    window: Tensor
    hop_length: int

    def overlapped(self, spectrum: Tensor) -> Tensor:
        """The sum of the frames, not yet divided: ``(batch, 1, samples)``."""
        ...


def streamed_synthesis(block: Synthesis, flow: Flow, plan: StreamPlan) -> StreamingForm:
    """The streaming form of an overlap-add.

    Args:
        block: of the offline layer.
        flow: what is known of the spectrum.
        plan: of the stream.
    """
    n_fft, hop = block.window.shape[0], block.hop_length
    half = n_fft // 2
    timing = Timing(
        per_frame=hop, tail=n_fft - hop, latency=-(-(n_fft - half) // hop), half_frame=half
    )
    form = ChunkedOverlapAdd(block, frames=plan.frames, state=plan.state)
    return StreamingForm([*flow.separated(plan), form], Flow(timing))


class ChunkedOverlapAdd(nn.Module):
    """The streaming form of an overlap-add: ``(batch, 2 * bins, frames)`` → ``(batch, samples)``.

    A chunk of frames gives one hop of samples for each. What the frames say of later samples is
    kept, and the sum of their squared windows with it. Frames that do not exist count in neither.

    Args:
        block: of the offline layer, a module.
        frames: of a chunk.
        state: keeps the sums, and says which frames exist.
    """

    def __init__(self, block: Synthesis, *, frames: int, state: StreamState) -> None:
        super().__init__()
        self.block = cast(nn.Module, block)
        self.hop_length = block.hop_length
        self.state = state
        state.reads_present = True
        n_fft, done = block.window.shape[0], frames * block.hop_length
        self.audio = _overlap(done, n_fft - block.hop_length, state)
        self.weight = _overlap(done, n_fft - block.hop_length, state)

    def forward(self, spectrum: Tensor) -> Tensor:
        block = cast(Synthesis, self.block)
        present = self.state.present.unsqueeze(1)
        squares = (block.window * block.window)[None, None]
        audio = self.audio(block.overlapped(spectrum * present))
        weight = self.weight(functional.conv_transpose1d(present, squares, stride=self.hop_length))
        return (audio / divisor(weight)).squeeze(1)


def _overlap(done: int, rest: int, state: StreamState) -> nn.Module:
    """What becomes of the sums of a chunk, ``(batch, 1, done + rest)`` → ``(batch, 1, done)``."""
    # Where the hop is longer than a frame there is no overlap, but a gap.
    return _Overlap(done, rest, state) if rest > 0 else nn.ConstantPad1d((0, -rest), 0.0)


class _Overlap(nn.Module):
    """Adds what was kept, gives what is done, and keeps the rest.

    Args:
        done: samples that a chunk completes.
        rest: samples beyond.
        state: keeps them.
    """

    def __init__(self, done: int, rest: int, state: StreamState) -> None:
        super().__init__()
        self.done = done
        self.rest = rest
        self.state = state
        self.part = state.reserve(rest)

    def forward(self, pieces: Tensor) -> Tensor:
        kept = functional.pad(self.state.read(self.part), [0, self.done]).unsqueeze(1)
        total = pieces + kept
        self.state.write(self.part, total.narrow(2, self.done, self.rest))
        return total.narrow(2, 0, self.done)
