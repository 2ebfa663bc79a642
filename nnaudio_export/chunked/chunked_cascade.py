"""A cascade of filters that takes its audio chunk by chunk."""

from dataclasses import replace

import torch
from nnaudio_contract import Flow, StreamingForm, StreamPlan, StreamState
from torch import Tensor, nn

from nnaudio_export.chunked.filter_cascade import (
    Cascade,
    Level,
    LevelSchedule,
    Schedule,
    schedule,
)


def streamed_bank(
    cascade: Cascade, flow: Flow, plan: StreamPlan, *, merged: bool = False
) -> StreamingForm:
    """The streaming form of a filter bank.

    Args:
        cascade: the bank.
        flow: what is known of the audio: the padding before it.
        plan: of the stream.
        merged: the bank gives the frames of all signals one behind the other.
    """
    times = schedule(cascade)
    assert plan.spec.frame_offset is not None
    timing = replace(
        flow.timing,
        hop=cascade.hop_length,
        frame_length=cascade.frame_length,
        lead=times.lead,
        warmup=times.warmup,
        latency=times.complete(cascade.hop_length) - flow.timing.pad - plan.spec.frame_offset,
    )
    bank = ChunkedCascade(cascade, times, frames=plan.frames, state=plan.state)
    return StreamingForm([bank], Flow(timing, merged))


class ChunkedCascade(nn.Module):
    """The streaming form of a filter bank.

    ``(batch, 1, chunk)`` → what the bank gives for the frames of a chunk. Each level keeps the end
    of its samples; nothing is computed twice.

    Args:
        cascade: the bank.
        schedule: from :func:`nnaudio_export.chunked.filter_cascade.schedule`.
        frames: of a chunk.
        state: keeps the state.
    """

    def __init__(
        self, cascade: Cascade, schedule: Schedule, *, frames: int, state: StreamState
    ) -> None:
        super().__init__()
        samples = frames * cascade.hop_length
        levels = []
        for index, (level, times) in enumerate(zip(cascade.levels, schedule.levels, strict=True)):
            below = cascade.levels[index + 1] if index + 1 < len(cascade.levels) else None
            # What the decimator of the next level takes of this one's samples.
            taken = samples - below.stride + below.reach if below else 0
            levels.append(_StreamedLevel(level, times, frames=frames, taken=taken, state=state))
            if below:
                assert samples % below.stride == 0
                samples = samples // below.stride * below.outputs
        self.levels = nn.ModuleList(levels)
        self.join = cascade.join

    def forward(self, audio: Tensor) -> object:
        outputs: list[object] = []
        for level in self.levels:
            audio, here = level(audio)
            outputs += here
        return self.join(outputs)


class _StreamedLevel(nn.Module):
    """Samples for its decimator → samples for the next level's, and what its groups give."""

    def __init__(
        self, level: Level, times: LevelSchedule, *, frames: int, taken: int, state: StreamState
    ) -> None:
        super().__init__()
        self.decimator = level.decimator or nn.Identity()
        self.history = _History(times.kept, state) if times.kept else nn.Identity()
        self.banks = nn.ModuleList(group.bank for group in level.groups)
        self.windows = [
            (start, (frames - 1) * times.hop + group.reach)
            for start, group in zip(times.starts, level.groups, strict=True)
        ]
        self.taken = (times.decimated_from, taken)

    def forward(self, audio: Tensor) -> tuple[Tensor, list[object]]:
        audio = self.history(self.decimator(audio))
        windows = (audio.narrow(2, start, length) for start, length in self.windows)
        outputs = [bank(window) for bank, window in zip(self.banks, windows, strict=True)]
        return audio.narrow(2, *self.taken), outputs


class _History(nn.Module):
    """Puts the last samples of earlier chunks in front: ``(batch, 1, n)`` → ``(.., kept + n)``."""

    def __init__(self, kept: int, state: StreamState) -> None:
        super().__init__()
        self.kept = kept
        self.state = state
        self.part = state.reserve(kept)

    def forward(self, audio: Tensor) -> Tensor:
        whole = torch.cat([self.state.read(self.part), audio.squeeze(1)], dim=1)
        self.state.write(self.part, whole.narrow(1, whole.shape[1] - self.kept, self.kept))
        return whole.unsqueeze(1)
