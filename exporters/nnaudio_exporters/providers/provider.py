"""The table of a provider: which operators it takes, in which versions, on which conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nnaudio_exporters.providers.nodes import Node

# Remedies that recur.
MOBILE = "export with profile='mobile'"
FIXED = "export with dynamic=False and num_samples"


class Refusal(NamedTuple):
    """Why a provider leaves a node to the CPU, and what to do about it."""

    reason: str
    remedy: str


Rule = Callable[[Node], Refusal | None]


@dataclass(frozen=True)
class Provider:
    """A provider's table.

    Attributes:
        name: on the command line.
        source: where the table is from, with version or commit.
        versions: operator -> the since-versions that it takes, as ONNX Runtime's documents write
            them: ``"11-12,13+"`` is 11 to 12, and 13 until the operator changes again.
        everywhere: rules for every node.
        rules: operator -> further rules.
        remedies: operator -> what to do where the provider has none.
        last: the newest since-version that the provider takes of any operator.
        fuses: operators that it takes together with one of ``fused_into`` before them.
        fused_into: see there.
        remark: what the table does not say of each node.
    """

    name: str
    source: str
    versions: Mapping[str, str]
    everywhere: Sequence[Rule] = ()
    rules: Mapping[str, Sequence[Rule]] = field(default_factory=dict)
    remedies: Mapping[str, str] = field(default_factory=dict)
    last: int | None = None
    fuses: tuple[str, ...] = ()
    fused_into: tuple[str, ...] = ()
    remark: str = ""

    def refusal(self, node: Node) -> Refusal | None:
        """Why it leaves a node to the CPU; None where it takes it."""
        other = FIXED if node.op_type == "Shape" else "leave it to the CPU"
        remedy = self.remedies.get(node.op_type, other)
        if node.domain:
            return Refusal(f"the table has no operators of {node.domain}", remedy)
        versions = self.versions.get(node.op_type)
        if versions is None:
            return Refusal(f"has no {node.op_type}", remedy)
        if not takes_version(versions, node.since, self.last):
            until = f"{versions.replace('+', ' on')}{f', up to {self.last}' if self.last else ''}"
            return Refusal(
                f"takes {node.op_type} of versions {until}, operator set {node.opset} has "
                f"{node.since}",
                "export with opset=18",
            )
        for rule in (*self.everywhere, *self.rules.get(node.op_type, ())):
            refusal = rule(node)
            if refusal is not None:
                return refusal
        return None


def takes_version(versions: str, since: int, last: int | None = None) -> bool:
    """Whether a list of since-versions has one.

    Args:
        versions: e.g. ``"11-12,13+"``.
        since: the operator's since-version.
        last: with it an open end reaches to this version: the provider looks at a range. Without,
            it is the one version that it names: a kernel is registered for that one.

    Example:
        >>> [takes_version("11-12,13+", since) for since in (11, 13, 21)]
        [True, True, False]
        >>> takes_version("1+", 13, last=20)
        True
    """
    for part in versions.split(","):
        first, _, end = part.rstrip("+").partition("-")
        if part.endswith("+"):
            if since == int(first) or (last is not None and int(first) <= since <= last):
                return True
        elif int(first) <= since <= int(end or first):
            return True
    return False
