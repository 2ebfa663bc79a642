"""Which nodes of a file a provider takes: a check that needs no phone."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from nnaudio_runtime.tables import table

from nnaudio_exporters.providers.all_providers import PROVIDERS
from nnaudio_exporters.providers.nodes import Node, read_nodes
from nnaudio_exporters.providers.provider import Provider, Refusal


class Verdict(NamedTuple):
    """What a provider does with a node.

    Attributes:
        node: its name.
        op_type: its operator.
        taken: whether the provider runs it.
        work: its multiplications, where it is a convolution or a product of known shape.
        reason: why it is left to the CPU.
        remedy: what to do about it.
    """

    node: str
    op_type: str
    taken: bool
    work: int
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class ProviderReport:
    """What a provider takes of a file; ``str`` is a readable table.

    Attributes:
        path: of the file.
        provider: its name.
        source: where the table is from.
        nodes: a verdict for each node, in the file's order.
        pieces: chains of nodes that the provider runs at a stretch, between others.
        remark: what the table does not say of each node.
    """

    path: Path
    provider: str
    source: str
    nodes: tuple[Verdict, ...]
    pieces: int
    remark: str

    @property
    def refused(self) -> tuple[Verdict, ...]:
        """What is left to the CPU."""
        return tuple(verdict for verdict in self.nodes if not verdict.taken)

    @property
    def complete(self) -> bool:
        """Whether the provider takes every node."""
        return not self.refused

    @property
    def work_share(self) -> float | None:
        """Part of the multiplications that the provider takes; None where none is known."""
        total = sum(verdict.work for verdict in self.nodes)
        return sum(v.work for v in self.nodes if v.taken) / total if total else None

    def __str__(self) -> str:
        taken = len(self.nodes) - len(self.refused)
        share = "" if self.work_share is None else f", {self.work_share:.0%} of the multiplications"
        lines = [
            f"{self.path}: {self.provider} takes {taken} of {len(self.nodes)} nodes{share}, "
            f"in {self.pieces} {'piece' if self.pieces == 1 else 'pieces'}"
        ]
        counts = Counter(verdict.op_type for verdict in self.nodes if verdict.taken)
        if counts:
            lines.append("takes " + ", ".join(f"{n} {name}" for name, n in sorted(counts.items())))
        if self.refused:
            rows = [(v.node, v.op_type, v.reason, v.remedy) for v in self.refused]
            lines += ["", table(("left to the CPU", "operator", "because", "remedy"), rows), ""]
        if self.remark:
            lines.append(self.remark)
        return "\n".join([*lines, f"source: {self.source}"])


def check_provider(path: str | os.PathLike[str], provider: str) -> ProviderReport:
    """Says of every node of an ONNX file whether a provider takes it, and why not.

    It is a static check by tables, of what ONNX Runtime asks before it gives a node to the
    provider. What a session really did is :meth:`nnaudio_runtime.Frontend.placement`.

    Args:
        path: of the file.
        provider: its name in :data:`PROVIDERS`, e.g. ``"coreml"``.

    Raises:
        ValueError: there is no such provider, or the file is no ONNX file.
        OSError: the file cannot be read.
    """
    if provider not in PROVIDERS:
        raise ValueError(f"provider={provider!r}: must be one of {', '.join(PROVIDERS)}")
    path = Path(path)
    chosen = PROVIDERS[provider]
    nodes = read_nodes(path)
    verdicts = tuple(_verdicts(nodes, chosen))
    pieces = _pieces(nodes, [verdict.taken for verdict in verdicts])
    return ProviderReport(path, provider, chosen.source, verdicts, pieces, chosen.remark)


def _pieces(nodes: Sequence[Node], taken: Sequence[bool]) -> int:
    """How often a provider must run, where each time it runs all that it can."""
    waiting = dict(zip(range(len(nodes)), taken, strict=True))
    missing = {output.name for node in nodes for output in node.outputs}
    pieces, turn = 0, False
    while waiting:
        ran = False
        for index in list(waiting):
            inputs = {one.name for one in nodes[index].inputs if one is not None}
            if waiting[index] == turn and not inputs & missing:
                missing -= {output.name for output in nodes[index].outputs}
                del waiting[index]
                ran = True
        pieces += turn and ran
        turn = not turn
    return pieces


def _verdicts(nodes: Sequence[Node], provider: Provider) -> list[Verdict]:
    verdicts: list[Verdict] = []
    fusible: set[str] = set()  # outputs of nodes that a following one joins
    for node in nodes:
        first = node.input(0)
        joins = node.op_type in provider.fuses and first is not None and first.name in fusible
        refusal = None if joins else _refusal(node, provider)
        if refusal is None:
            verdicts.append(Verdict(node.name, node.op_type, True, node.work))
            if node.op_type in provider.fused_into:
                fusible.update(output.name for output in node.outputs)
        else:
            verdicts.append(Verdict(node.name, node.op_type, False, node.work, *refusal))
    return verdicts


def _refusal(node: Node, provider: Provider) -> Refusal | None:
    try:
        return provider.refusal(node)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        # A node that no operator's definition fits, which onnx lets pass in other domains.
        return Refusal(f"the node is not understood ({error})", "leave it to the CPU")
