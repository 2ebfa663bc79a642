"""Draws the example of docs/architecture.md and writes its table: ``make architecture``.

Every shape is that of a run: a block is asked what it gives, in its three forms.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from nnaudio_contract import StreamState, fast_forms, streamed_chain
from nnaudio_contract.description import Demand, Description
from torch import Tensor, nn

from nnaudio_export import MelSpectrogram

FOLDER = Path(__file__).parent
PAGE = FOLDER / "architecture.md"
PICTURE = FOLDER / "architecture" / "mel.png"
BEGIN, END = "<!-- written by docs/architecture.py -->", "<!-- to here -->"
SAMPLES, FRAMES = 16000, 2

Step = tuple[str, tuple[int, ...]]


def layer() -> MelSpectrogram:
    """The example: what most speech models begin with."""
    return MelSpectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=80)


def steps(blocks: list[nn.Module], x: Tensor) -> Iterator[Step]:
    """Each block's name and the shape of what it gives."""
    for block in blocks:
        x = block(x)
        yield type(block).__name__, tuple(x.shape)


def shape(sizes: tuple[int, ...]) -> str:
    """A shape as people write it."""
    return f"({', '.join(map(str, sizes))})"


def forms() -> dict[str, list[Step]]:
    """The chain in its three forms, for one second of audio and for a chunk of two frames."""
    mel = layer()
    chain = mel.chain()
    fast = fast_forms(chain, Description(), Demand(), 1e-5).modules
    state = StreamState(batched=False)
    stream = streamed_chain(mel.describe(), fast, state, FRAMES)
    state.start(torch.zeros(1, state.size))
    audio = torch.zeros(1, SAMPLES)
    with torch.inference_mode():
        return {
            "textbook": list(steps(chain, audio)),
            "lowered": list(steps(fast, audio)),
            "a chunk": list(steps(list(stream.module.children()), audio[:, : FRAMES * 160])),
        }


def table(found: dict[str, list[Step]]) -> str:
    """The three forms side by side, a row a block."""
    lines = [f"| {' | '.join(found)} |", f"|{'---|' * len(found)}"]
    for index in range(max(map(len, found.values()))):
        cells = (
            f"`{steps[index][0]}` {shape(steps[index][1])}" if index < len(steps) else ""
            for steps in found.values()
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def draw(found: dict[str, list[Step]]) -> Figure:
    """Boxes for blocks, arrows with the shapes between them, a row for each form."""
    longest = max(map(len, found.values()))
    figure = Figure(figsize=(11, 3.3), layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=(-1.15, longest), ylim=(-0.6, len(found) - 0.35))
    axes.axis("off")
    inputs = {"textbook": (1, SAMPLES), "lowered": (1, SAMPLES), "a chunk": (1, FRAMES * 160)}
    for row, (name, blocks) in enumerate(reversed(found.items())):
        axes.text(-1.1, row, name, fontsize=11, fontweight="bold", va="center")
        axes.text(-0.3, row - 0.33, shape(inputs[name]), fontsize=7, ha="center", color="0.3")
        for column, (block, sizes) in enumerate(blocks):
            box = FancyBboxPatch(
                (column - 0.02, row - 0.16),
                0.78,
                0.32,
                boxstyle="round,pad=0.03",
                facecolor=("#dce9f7", "#dff3e1", "#fbe9d7")[row],
                edgecolor="0.4",
            )
            axes.add_patch(box)
            axes.text(column + 0.37, row, block, fontsize=7.5, ha="center", va="center")
            axes.text(column + 0.87, row - 0.33, shape(sizes), fontsize=7, ha="center", color="0.3")
            axes.annotate(
                "",
                (column - 0.05, row),
                (column - 0.19, row),
                arrowprops={"arrowstyle": "->", "color": "0.4"},
            )
    return figure


def page(text: str, written: str) -> str:
    """The page with the table in its place."""
    before, _, rest = text.partition(BEGIN)
    _, _, behind = rest.partition(END)
    return f"{before}{BEGIN}\n{written}\n{END}{behind}"


def main() -> None:
    """Writes picture and table."""
    logging.disable()
    found = forms()
    PICTURE.parent.mkdir(exist_ok=True)
    draw(found).savefig(PICTURE, dpi=110)
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), table(found)), encoding="utf-8")
    sys.stdout.write(table(found) + "\n")


if __name__ == "__main__":
    main()
