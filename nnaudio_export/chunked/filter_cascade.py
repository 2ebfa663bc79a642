"""Filters at one rate or at several, as they lie in time, and what streaming them takes.

Every filter bank says how it is made: a cascade of levels, each at the rate that a decimator makes
of the level before, with groups of filters that read their window of it. From these follow the
state of a stream (the end of each level's samples, as far as a window or a decimator goes back),
the zeros in front, the frames of the warm-up and the latency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import nn


@dataclass(frozen=True)
class Group:
    """Filters of one level.

    Attributes:
        bank: a window ``(batch, 1, (frames - 1) * hop + reach)`` of the level → ``(batch, rows,
            frames)``, or a tuple of such.
        start: sample of the level at which frame 0 begins.
        reach: samples of the level that one frame takes, ``start`` included.
    """

    bank: nn.Module
    start: int
    reach: int


@dataclass(frozen=True)
class Level:
    """One rate.

    Attributes:
        groups: filters at it.
        decimator: from the level before, ``(batch, 1, n)`` → ``(batch, 1, outputs)``; None at the
            full rate.
        stride: samples of the level before that a step of the decimator moves on.
        reach: samples of the level before that a step takes.
        outputs: samples of this level that a step gives.
    """

    groups: tuple[Group, ...]
    decimator: nn.Module | None = None
    stride: int = 1
    reach: int = 1
    outputs: int = 1


@dataclass(frozen=True)
class Cascade:
    """A filter bank as levels.

    Attributes:
        levels: from the full rate down.
        join: the groups' outputs, a list → what the bank gives.
        hop_length: samples from frame to frame at the full rate.
        frame_length: samples of the audio that the first frame needs, as the bank counts frames.
        front: zeros that the bank puts in front of the audio; the levels count from their start.
    """

    levels: tuple[Level, ...]
    join: nn.Module
    hop_length: int
    frame_length: int
    front: int = 0

    def without_ends(self, frames: int) -> Cascade:
        """The same where so many frames at both ends are dropped again."""
        more = frames * self.hop_length
        only, *others = self.levels
        assert not others
        groups = tuple(replace(group, start=group.start + more) for group in only.groups)
        return replace(
            self,
            levels=(replace(only, groups=groups),),
            frame_length=self.frame_length + 2 * more,
        )


@dataclass(frozen=True)
class LevelSchedule:
    """Where a stream reads at one level, in samples of its own buffer.

    Attributes:
        hop: from frame to frame.
        kept: samples from earlier chunks, in front of the new ones.
        starts: first sample of the window of each group.
        decimated_from: first sample that the next level's decimator takes.
    """

    hop: int
    kept: int
    starts: tuple[int, ...]
    decimated_from: int


@dataclass(frozen=True)
class Schedule:
    """What a stream of a cascade does, and when.

    Attributes:
        lead: zeros in front of everything.
        warmup: frames before the first one that exists.
        levels: one for each.
    """

    lead: int
    warmup: int
    levels: tuple[LevelSchedule, ...]

    def complete(self, hop_length: int) -> int:
        """Samples of the audio that must have come before frame 0 is given."""
        return (self.warmup + 1) * hop_length - self.lead


def schedule(cascade: Cascade) -> Schedule:
    """The schedule of least latency.

    Frame 0 would rarely end where a hop of the stream does: of all numbers of leading zeros, less
    than a hop, one lets it end there. No frame is given before all its samples have come, even
    where its filters read fewer: it might turn out not to exist.

    Example:
        >>> bank = Cascade((Level((Group(nn.Identity(), 0, 400),)),), nn.Identity(), 160, 400)
        >>> plan = schedule(bank)
        >>> plan.lead, plan.warmup, plan.levels[0].kept, plan.levels[0].starts
        (80, 2, 240, (0,))
    """
    candidates = (_scheduled(cascade, lead) for lead in range(cascade.hop_length))
    return min(candidates, key=lambda found: (found.complete(cascade.hop_length), found.lead))


def _scheduled(cascade: Cascade, lead: int) -> Schedule:
    """The schedule for so many zeros in front."""
    hop = cascade.hop_length
    # Of each level: by how many samples the stream lags behind the bank's own count, the hop, and
    # how far back the decimator of the next level goes.
    delays = [lead - cascade.front]
    hops = [hop]
    back = []
    for level in cascade.levels[1:]:
        late = level.reach - level.stride + delays[-1]
        # A step's outputs lie a stride over outputs apart: the lag must be a whole number of them.
        factor = level.stride // level.outputs
        slack = -late % factor
        back.append(level.reach - level.stride + slack)
        delays.append((late + slack) // factor)
        hops.append(hops[-1] // factor)
    back.append(0)

    ends = [(cascade.frame_length + lead, hop)] + [
        (group.start + group.reach + delay, step)
        for level, delay, step in zip(cascade.levels, delays, hops, strict=True)
        for group in level.groups
    ]
    warmup = max(-(-end // step) - 1 for end, step in ends)

    levels = []
    for level, delay, step, reach_back in zip(cascade.levels, delays, hops, back, strict=True):
        starts = [group.start - warmup * step + delay for group in level.groups]
        kept = max(0, reach_back, *(-start for start in starts))
        levels.append(
            LevelSchedule(step, kept, tuple(kept + start for start in starts), kept - reach_back)
        )
    return Schedule(lead, warmup, tuple(levels))


def single(bank: nn.Module, *, hop_length: int, length: int) -> Cascade:
    """A bank at the full rate, whose frames take ``length`` samples."""
    return Cascade(
        levels=(Level((Group(bank, 0, length),)),),
        join=First(),
        hop_length=hop_length,
        frame_length=length,
    )


class First(nn.Module):
    """Of one group, its outputs."""

    def forward(self, outputs: Sequence[object]) -> object:
        """``[outputs]`` → outputs."""
        return outputs[0]
