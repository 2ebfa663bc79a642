"""A cascade of filters that takes its audio chunk by chunk."""

import torch
from nnaudio_exporters.streaming import Tape
from torch import Tensor, nn

from nnaudio_export.streaming.cascade import Cascade, Level, LevelSchedule, Schedule


class StreamedCascade(nn.Module):
    """The streaming form of a filter bank.

    ``(batch, 1, chunk)`` → what the bank gives for the frames of a chunk. Each level keeps the end
    of its samples; nothing is computed twice.

    Args:
        cascade: the bank.
        schedule: from :func:`nnaudio_export.streaming.cascade.schedule`.
        frames: of a chunk.
        tape: keeps the state.
    """

    def __init__(self, cascade: Cascade, schedule: Schedule, *, frames: int, tape: Tape) -> None:
        super().__init__()
        samples = frames * cascade.hop_length
        levels = []
        for index, (level, times) in enumerate(zip(cascade.levels, schedule.levels, strict=True)):
            below = cascade.levels[index + 1] if index + 1 < len(cascade.levels) else None
            # What the decimator of the next level takes of this one's samples.
            taken = samples - below.stride + below.reach if below else 0
            levels.append(_StreamedLevel(level, times, frames=frames, taken=taken, tape=tape))
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
        self, level: Level, times: LevelSchedule, *, frames: int, taken: int, tape: Tape
    ) -> None:
        super().__init__()
        self.decimator = level.decimator or nn.Identity()
        self.history = _History(times.kept, tape) if times.kept else nn.Identity()
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

    def __init__(self, kept: int, tape: Tape) -> None:
        super().__init__()
        self.kept = kept
        self.tape = tape
        self.slot = tape.reserve(kept)

    def forward(self, audio: Tensor) -> Tensor:
        whole = torch.cat([self.tape.read(self.slot), audio.squeeze(1)], dim=1)
        self.tape.write(self.slot, whole.narrow(1, whole.shape[1] - self.kept, self.kept))
        return whole.unsqueeze(1)
