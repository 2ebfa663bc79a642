"""What a table of a provider is made of: conditions on a node, each with a reason and a remedy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nnaudio_exporters.providers.nodes import Node


class Refusal(NamedTuple):
    """Why a provider leaves a node to the CPU, and what to do about it."""

    reason: str
    remedy: str


Rule = Callable[[Node], Refusal | None]

MOBILE = "export with profile='mobile'"
FIXED = "export with dynamic=False and num_samples"


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


def ranks(index: int, *allowed: int, remedy: str = MOBILE) -> Rule:
    """An input must have one of these numbers of axes."""

    def rule(node: Node) -> Refusal | None:
        tensor = node.input(index)
        if tensor is None or (tensor.shape is not None and len(tensor.shape) in allowed):
            return None
        wanted = str(allowed[0]) if len(allowed) == 1 else f"{allowed[0]} to {allowed[-1]}"
        found = "unknown" if tensor.shape is None else str(len(tensor.shape))
        return Refusal(f"input {index} has rank {found}, must have {wanted}", remedy)

    return rule


def constant(*indices: int, remedy: str = FIXED) -> Rule:
    """These inputs must stand in the file, where there are any."""

    def rule(node: Node) -> Refusal | None:
        for index in indices:
            tensor = node.input(index)
            if tensor is not None and not tensor.constant:
                return Refusal(f"input {index} is computed, must be a constant", remedy)
        return None

    return rule


def dtypes(*allowed: str, index: int = 0) -> Rule:
    """An input must have one of these types."""

    def rule(node: Node) -> Refusal | None:
        tensor = node.input(index)
        if tensor is None or tensor.dtype in allowed:
            return None
        found = tensor.dtype or "of unknown type"
        # In an exported graph, whole numbers are sizes that are worked out as it runs.
        return Refusal(
            f"input {index} is {found}, must be {' or '.join(allowed)}",
            FIXED if found == "int64" else "export with precision='fp32'",
        )

    return rule


def attribute(name: str, *allowed: object, remedy: str = MOBILE) -> Rule:
    """An attribute must have one of these values."""

    def rule(node: Node) -> Refusal | None:
        value = node.attributes.get(name, allowed[0])
        if value in allowed:
            return None
        return Refusal(f"{name} is {value}, must be {' or '.join(map(str, allowed))}", remedy)

    return rule


def fixed_shapes(node: Node) -> Refusal | None:
    """No input may have an open axis."""
    for index, tensor in enumerate(node.inputs):
        if tensor is not None and (tensor.shape is None or None in tensor.shape):
            return Refusal(f"input {index} has an open axis: {tensor.text}", FIXED)
    return None


def fixed_first(node: Node) -> Refusal | None:
    """The first input may not have an open axis."""
    first = node.input(0)
    if first is not None and (first.shape is None or None in first.shape):
        return Refusal(f"input 0 has an open axis: {first.text}", FIXED)
    return None


def largest_dimension(limit: int) -> Rule:
    """No input may be longer than this along any axis."""

    def rule(node: Node) -> Refusal | None:
        for index, tensor in enumerate(node.inputs):
            longest = max((size or 0 for size in (tensor and tensor.shape) or ()), default=0)
            if longest > limit:
                return Refusal(
                    f"input {index} has a dimension of {longest}, at most {limit} is taken",
                    f"{MOBILE}, or a shorter num_samples",
                )
        return None

    return rule


def most_inputs(count: int) -> Rule:
    """No more inputs than this."""

    def rule(node: Node) -> Refusal | None:
        if len(node.inputs) <= count:
            return None
        return Refusal(f"has {len(node.inputs)} inputs, at most {count} are taken", MOBILE)

    return rule
