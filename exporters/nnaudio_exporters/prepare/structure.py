"""Which nodes of a graph look at the whole signal, and where the user's code asked for that.

A graph whose nodes are all local in time (convolutions, pooling, matrices over channels, whatever
works value by value) gives at a sample what its neighbourhood decides: what is proved at a few
lengths holds at all. A sum, a normalisation or a recurrence over time is proved up to the longest
length that was run. What is not known counts as such.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch.export import ExportedProgram
from torch.fx import Node

from nnaudio_exporters.prepare.users_code import is_users

# Operators that keep values where they are in time, or move them by a bounded distance.
_LOCAL = {
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "convolution",
    "pad", "constant_pad_nd", "reflection_pad1d", "replication_pad1d", "reflection_pad2d",
    "avg_pool1d", "avg_pool2d", "max_pool1d", "max_pool2d", "max_pool2d_with_indices", "unfold",
    "slice", "narrow", "cat", "stack", "concat", "reshape", "view", "_unsafe_view", "permute",
    "transpose", "t", "movedim", "unsqueeze", "squeeze", "expand", "expand_as", "flatten",
    "unflatten", "contiguous", "clone", "alias", "detach", "chunk", "split", "split_with_sizes",
    "unbind", "select", "linear", "matmul", "mm", "bmm", "addmm", "baddbmm", "einsum",
    "batch_norm", "_native_batch_norm_legit_no_training", "layer_norm", "native_layer_norm",
    "embedding", "index_select", "gather", "glu", "prelu", "repeat", "repeat_interleave", "tile",
    "dropout", "feature_dropout", "alpha_dropout", "lift_fresh_copy", "_to_copy", "to", "type_as",
    "pixel_shuffle", "channel_shuffle", "broadcast_tensors", "meshgrid", "diff", "tril", "triu",
    "native_dropout", "upsample_nearest1d", "copy", "copy_", "view_as_real", "view_as_complex",
    "real", "imag", "getitem", "sym_size", "sym_stride", "sym_numel", "_assert_scalar",
    "_assert_tensor_metadata", "_assert_async", "sym_constrain_range_for_size", "swapaxes",
    "narrow_copy", "numpy_T", "mT",
}  # fmt: skip
# Over time they are exact at any length: no number is rounded on the way.
_EXACT = {"amax", "amin", "max", "min", "any", "all", "argmax", "argmin", "aminmax"}
_MAKES = {"full", "zeros", "ones", "empty", "scalar_tensor", "new_zeros", "new_ones", "new_full",
          "zeros_like", "ones_like", "full_like", "eye", "new_empty", "empty_like"}  # fmt: skip
# Multiplications that take as long as to write a number, with what makes it.
_WRITTEN = 20
_PRODUCTS = {"matmul", "mm", "bmm", "addmm", "baddbmm", "linear", "einsum"}


class WholeSignal(NamedTuple):
    """A node that looks at the whole signal.

    Attributes:
        operator: its name.
        place: file, line and code of the user that asked for it; empty where that is unknown.
    """

    operator: str
    place: str

    def __str__(self) -> str:
        return f"{self.operator} over time" + (f" ({self.place})" if self.place else "")


def whole_signal(program: ExportedProgram, length: Any) -> list[WholeSignal]:
    """The nodes of a graph that are not local in time, each place once.

    Args:
        program: the graph.
        length: symbol of the length.
    """
    symbols = length.free_symbols
    found: dict[WholeSignal, None] = {}
    for node in program.graph.nodes:
        if node.op == "call_function" and _looks_far(node, symbols):
            found[WholeSignal(_name(node), _place(node))] = None
    return list(found)


def _looks_far(node: Node, symbols: frozenset[Any]) -> bool:
    inputs = [value for value in _values(node.all_input_nodes) if _grows(value, symbols)]
    name = _name(node)
    if not isinstance(node.target, torch._ops.OpOverload):
        return False  # arithmetic on sizes, and parts of tuples
    if name == "arange":
        return _clock(node)
    if not inputs or name in _MAKES:
        return False  # nothing over time, or nothing but a shape
    if torch.Tag.pointwise in node.target.tags or name in _EXACT:
        return False
    if name not in _LOCAL:
        return _reduces_time(node, inputs, symbols)
    if name in _PRODUCTS:
        return any(_summed(node, symbols))
    if name in ("layer_norm", "native_layer_norm"):
        shape = node.args[1]
        return any(isinstance(size, Node) for size in shape)  # type: ignore[union-attr]
    return False


def _reduces_time(node: Node, inputs: list[Any], symbols: frozenset[Any]) -> bool:
    """A reduction over fixed axes is local; anything else that is not known is not."""
    axes = next((arg for arg in node.args[1:2] if isinstance(arg, (int, list, tuple))), None)
    reduction = "dim" in str(getattr(node.target, "_schema", ""))
    if axes is None or not reduction or len(inputs) != 1:
        return True
    shape = inputs[0].shape
    dims = [axes] if isinstance(axes, int) else list(axes)
    if not dims or not all(isinstance(dim, int) for dim in dims):
        return True
    return any(_free(shape[dim]) & symbols for dim in dims)


def _summed(node: Node, symbols: frozenset[Any]) -> Iterable[bool]:
    """Whether a product adds up over time."""
    tensors = _operands(node)
    name = _name(node)
    if name == "einsum" or len(tensors) < 2:
        yield name == "einsum"
        return
    first, second = (
        (tensors[1], tensors[2]) if name.startswith(("addmm", "baddbmm")) else tensors[:2]
    )
    yield bool(_free(first.shape[-1]) & symbols)
    if name != "linear" and second.dim() > 1:
        yield bool(_free(second.shape[-2]) & symbols)


def _clock(node: Node) -> bool:
    """It numbers the samples, and more than an index is made of it."""
    return not all(_name(user) in ("index_select", "index", "gather") for user in node.users)


def _operands(node: Node) -> list[Any]:
    """The tensors that an operator is given, one twice if it is given twice."""
    return _values(arg for arg in node.args if isinstance(arg, Node))


def _values(nodes: Iterable[Node]) -> list[Any]:
    return [value for node in nodes if isinstance(value := node.meta.get("val"), torch.Tensor)]


def _grows(value: Any, symbols: frozenset[Any]) -> bool:
    return any(_free(size) & symbols for size in value.shape)


def _free(size: Any) -> frozenset[Any]:
    return frozenset(size.node.expr.free_symbols) if isinstance(size, torch.SymInt) else frozenset()


def _name(node: Node) -> str:
    target = node.target
    name = target._schema.name if isinstance(target, torch._ops.OpOverload) else str(target)
    return name.rpartition("::")[2].rstrip("_")


def _place(node: Node) -> str:
    """The innermost line of the user's own code on the way to a node."""
    trace = node.meta.get("stack_trace") or ""
    frames = re.findall(r'File "([^"]+)", line (\d+), in \w+\n\s*(.*)', trace)
    own = [frame for frame in frames if is_users(frame[0])]
    if not own:
        return ""
    file, line, code = own[-1]
    return f"{Path(file).name}:{line}: {code.strip()}"


class Cost(NamedTuple):
    """What a run of a graph takes.

    Attributes:
        work: multiplications; writing a number counts as some.
        largest: numbers of the largest tensor.
    """

    work: float
    largest: int


def cost(program: ExportedProgram, sizes: dict[Any, int]) -> Cost:
    """What a run takes at some sizes of the open axes, by symbol; the same on every machine."""
    work, largest = 0.0, 0
    for node in program.graph.nodes:
        shapes = [(value.shape, _factors(node)) for value in _values([node])]
        if _name(node) == "scaled_dot_product_attention":  # engines write the weights down
            query, key = _operands(node)[:2]
            shapes.append(((*query.shape[:-1], key.shape[-2]), 2 * int(query.shape[-1])))
        for shape, factors in shapes:
            count = 1
            for size in shape:
                known = size.node.expr.xreplace(sizes) if isinstance(size, torch.SymInt) else size
                count *= 1 if getattr(known, "free_symbols", None) else int(known)
            largest = max(largest, count)
            work += count * (factors + _WRITTEN)
    return Cost(work, largest)


def _factors(node: Node) -> int:
    """How many products make one value."""
    if node.op != "call_function":
        return 0
    tensors = _operands(node)
    if len(tensors) < 2:
        return 0
    first, second = tensors[:2]
    if _name(node).startswith("conv"):
        return math.prod(int(size) for size in second.shape[1:])
    summed = first.shape[-1]
    return summed if _name(node) in _PRODUCTS and isinstance(summed, int) else 0
