"""Where each node of a loaded graph runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from nnaudio_runtime.tables import table


class PlacedNode(NamedTuple):
    """A node and the execution provider that runs it."""

    name: str
    op_type: str
    provider: str


@dataclass(frozen=True)
class Placement:
    """The placement report of a session; ``str`` is a readable table.

    The nodes are those that ONNX Runtime runs, after its own optimisation: constants are folded
    and neighbours fused, so the names are not always those of the file.

    Example:
        >>> report = Placement((PlacedNode("stft", "Conv", "CUDA"), PlacedNode("", "Pad", "CPU")))
        >>> report.counts()
        {'CUDA': 1, 'CPU': 1}
        >>> report.outside("CUDA")
        (PlacedNode(name='', op_type='Pad', provider='CPU'),)
    """

    nodes: tuple[PlacedNode, ...]

    def counts(self) -> dict[str, int]:
        """Number of nodes per provider."""
        return dict(Counter(node.provider for node in self.nodes))

    def outside(self, provider: str) -> tuple[PlacedNode, ...]:
        """The nodes that do not run on ``provider``."""
        return tuple(node for node in self.nodes if node.provider != provider)

    def __str__(self) -> str:
        return table(PlacedNode._fields, self.nodes)
