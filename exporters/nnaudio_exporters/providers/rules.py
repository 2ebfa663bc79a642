"""Conditions on a node, of which tables are made, each with a reason and a remedy."""

from __future__ import annotations

from nnaudio_exporters.providers.nodes import Node
from nnaudio_exporters.providers.provider import FIXED, MOBILE, Refusal, Rule


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
