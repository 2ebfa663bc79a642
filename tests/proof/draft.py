"""A model while it is written: lines of Python, and what is known of ``x`` between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

Layout = Literal["audio", "complex", "rows", "sequence", "image", "vector"]
"""(batch, samples), (batch, bins, frames, 2), (batch, rows, frames), (batch, frames, rows),
(batch, channels, rows, frames), (batch, rows)."""


@dataclass
class Stage:
    """Lines that may stand in a class of their own."""

    init: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)


@dataclass
class Draft:
    """Parts add their lines to it, in the order in which audio goes through them.

    Attributes:
        rng: all choices come from it.
        rate: of the input, in Hz.
        rows: size of the feature axis.
        channels: of an image.
        positive: ``x`` is a magnitude or a power.
        front: class and attribute of the front end.
        declared: what stands in front of the classes.
        stages: what stands in them.
        result: what ``forward`` returns.
        tags: the kinds of parts.
        lengths: in samples, at which something changes.
        unsound: why the module has no graph, if it has none.
        arguments: of the export.
        stereo: the input is (batch, 2, samples).
    """

    rng: Random
    rate: int = 16000
    layout: Layout = "audio"
    rows: int = 0
    channels: int = 0
    positive: bool = False
    front: tuple[str, str] = ("", "")
    hop: int = 160
    declared: list[str] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=lambda: [Stage()])
    result: str = "x"
    tags: list[str] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    unsound: str = ""
    arguments: dict[str, object] = field(default_factory=dict)
    stereo: bool = False

    def step(self, *lines: str) -> None:
        """Adds lines to ``forward``."""
        self.stages[-1].steps += lines

    def attribute(self, stem: str, expression: str, *more: str) -> str:
        """Adds a module to ``__init__`` and gives its name, which occurs once in the model.

        Args:
            stem: the name without a number.
            expression: that makes the module.
            more: lines behind it, with ``{}`` for the name.
        """
        lines = [line for stage in self.stages for line in stage.init]
        count = sum(line.startswith(f"self.{stem}") for line in lines)
        name = f"self.{stem}{count + 1 if count else ''}"
        self.stages[-1].init += [f"{name} = {expression}", *(line.format(name) for line in more)]
        return name

    def becomes(
        self,
        layout: Layout,
        *,
        rows: int | None = None,
        channels: int | None = None,
        positive: bool = False,
    ) -> None:
        """Says what ``x`` is from here on."""
        self.layout, self.positive = layout, positive
        self.rows = self.rows if rows is None else rows
        self.channels = self.channels if channels is None else channels

    def pick(self, options: Sequence[str]) -> str:
        """One of the lines."""
        return self.rng.choice(options)

    def around(self, *lengths: int) -> None:
        """Lengths at which something changes, with their neighbours."""
        self.lengths += [length + near for length in lengths for near in (-1, 0, 1)]

    def around_frames(self, frames: int) -> None:
        """The same in frames of the front end."""
        self.around(*(self.hop * self.rate // 16000 * count for count in (frames - 1, frames)))
