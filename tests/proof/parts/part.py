"""The list of parts, by the place where they stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from proof.draft import Draft

Write = Callable[[Draft], None]


@dataclass(frozen=True)
class Part:
    """Something that people write.

    Attributes:
        name: of its kind; a tag of the models that have it.
        write: adds its lines.
        weight: how often it is drawn.
        streams: it needs nothing of other frames.
        scripts: TorchScript takes it.
        positive: it takes magnitudes and powers only.
    """

    name: str
    write: Write
    weight: float = 1.0
    streams: bool = False
    scripts: bool = True
    positive: bool = False


PARTS: dict[str, list[Part]] = defaultdict(list)


def part(
    place: str,
    weight: float = 1.0,
    *,
    streams: bool = False,
    scripts: bool = True,
    positive: bool = False,
) -> Callable[[Write], Write]:
    """Enters a function in the list of a place."""

    def enter(write: Write) -> Write:
        name = write.__name__.replace("_", " ")
        PARTS[place].append(Part(name, write, weight, streams, scripts, positive))
        return write

    return enter


def draw(draft: Draft, place: str, *, streams: bool = False, scripts: bool = False) -> None:
    """Writes one part of a place, if any fits."""
    fitting = [
        one
        for one in sorted(PARTS[place], key=lambda one: one.name)  # however they were imported
        if (one.streams or not streams)
        and (one.scripts or not scripts)
        and (draft.positive or not one.positive)
        and one.name not in draft.tags
    ]
    if fitting:
        (one,) = draft.rng.choices(fitting, [one.weight for one in fitting])
        draft.tags.append(one.name)
        one.write(draft)
