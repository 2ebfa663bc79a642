"""Sums over time that are accurate at any length.

Engines add a long axis up number by number in float32: after ten minutes of audio that is off by
1e-4, and with an offset by percents. Here every sum over an axis that is long, or whose length is
open, is added up in float64 and rounded once. The mean of equal values is then exactly that value:
behind a logarithm, silence is a constant, and a mean that is off by its last bit would make a
signal of it.

A traced program is decomposed once more, with rules for the operators that add up over time; one
that adds up over channels or bins alone stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

import torch
from torch import SymInt, Tensor
from torch.export import ExportedProgram
from torch.nn import functional

from nnaudio_exporters.prepare.exact_functions import EXACT

aten = torch.ops.aten


# No number of bins or channels.
_LONG = 2048
# Sizes that count items: a batch is short.
_items: ContextVar[frozenset[Any]] = ContextVar("items", default=frozenset())
_in_blocks: ContextVar[bool] = ContextVar("in_blocks", default=False)
_BLOCK, _LEVELS = 64, 2
_POOLS: dict[int, Callable[..., Tensor]] = {
    3: functional.avg_pool1d,
    4: functional.avg_pool2d,
    5: functional.avg_pool3d,
}


def with_accurate_sums(
    program: ExportedProgram,
    items: frozenset[Any],
    more: Mapping[Any, Callable[..., Any]] = MappingProxyType({}),
    *,
    in_blocks: bool = False,
) -> ExportedProgram:
    """The program, its sums over open axes in float64, and its functions of small values exact.

    It is the same program where there are none.

    Args:
        program: traced, not yet decomposed.
        items: symbols of sizes that are no lengths: of the batch.
        more: rules for other operators.
        in_blocks: add up blocks first, for an engine whose sums are in float32 whatever they take.
    """
    targets = {node.target for node in program.graph.nodes if node.op == "call_function"}
    rules = {
        target: rule for target, rule in (_RULES | EXACT | {**more}).items() if target in targets
    }
    if not rules:
        return program
    kept, pooled = _items.set(items), _in_blocks.set(in_blocks)
    try:
        return program.run_decompositions(rules)
    finally:
        _items.reset(kept)
        _in_blocks.reset(pooled)


def _open(x: Tensor, dim: int) -> bool:
    """An axis is a length without a fixed size, or a long one."""
    size = x.shape[dim]
    if not isinstance(size, SymInt):
        return size >= _LONG
    return not size.node.expr.free_symbols <= _items.get()


def _axes(x: Tensor, dim: Sequence[int] | int | None) -> list[int]:
    if dim is None or dim == []:
        return list(range(x.dim()))
    return sorted({axis % x.dim() for axis in ([dim] if isinstance(dim, int) else dim)})


def _sum(x: Tensor, axes: Sequence[int]) -> Tensor:
    """Over several axes, which stay with size 1, in float64."""
    x = x.double()
    if _in_blocks.get():
        for axis in axes:
            x = _block_sums(x.movedim(axis, -1)).movedim(-1, axis) if _open(x, axis) else x
    return x.sum(list(axes), keepdim=True)


def _block_sums(x: Tensor) -> Tensor:
    """``(..., n)`` → ``(..., blocks)``, with zeros at the end.

    Pooling, not an axis that is split: PyTorch takes minutes to reason about the size of half an
    axis whose own size is a long formula.
    """
    missing = range(max(0, 3 - x.dim()))
    for _ in missing:
        x = x.unsqueeze(0)
    for _ in range(_LEVELS):
        padded = functional.pad(x, [0, _BLOCK - 1])
        x = _POOLS[x.dim()](padded, [1] * (x.dim() - 3) + [_BLOCK]) * _BLOCK
    for _ in missing:
        x = x.squeeze(0)
    return x


def _mean(x: Tensor, axes: Sequence[int]) -> Tensor:
    return (_sum(x, axes) / _count(x, axes)).to(x.dtype)


def _count(x: Tensor, axes: Sequence[int]) -> Any:
    count: Any = 1
    for axis in axes:
        count = count * x.shape[axis]
    return count


def _squeezed(x: Tensor, axes: Sequence[int], keepdim: bool) -> Tensor:
    return x if keepdim else x.squeeze(list(axes))


def _rule(function: Callable[..., Any]) -> Callable[..., Any]:
    """A rule that leaves an operator alone where it adds up over fixed axes only."""

    def rule(x: Tensor, *args: Any, **kwargs: Any) -> Any:
        if x.dtype != torch.float32 or x.dim() > max(_POOLS):
            return NotImplemented
        return function(x, *args, **kwargs)

    return rule


def _sum_dims(
    x: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: torch.dtype | None = None
) -> Any:
    axes = _axes(x, dim)
    if dtype not in (None, x.dtype) or not any(_open(x, axis) for axis in axes):
        return NotImplemented
    return _squeezed(_sum(x, axes).to(x.dtype), axes, keepdim)


def _sum_all(x: Tensor, *, dtype: torch.dtype | None = None) -> Any:
    return _sum_dims(x, None, dtype=dtype)


def _mean_dims(
    x: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: torch.dtype | None = None
) -> Any:
    axes = _axes(x, dim)
    if dtype not in (None, x.dtype) or not any(_open(x, axis) for axis in axes):
        return NotImplemented
    return _squeezed(_mean(x, axes), axes, keepdim)


def _mean_all(x: Tensor, *, dtype: torch.dtype | None = None) -> Any:
    return _mean_dims(x, None, dtype=dtype)


def _moments(x: Tensor, axes: Sequence[int], correction: float) -> tuple[Tensor, Tensor]:
    """Variance and mean over axes, which stay with size 1."""
    mean = _mean(x, axes)
    centred = x - mean
    # Whole numbers stay whole: ExecuTorch has no others in its sizes.
    count = _count(x, axes) - (int(correction) if correction == int(correction) else correction)
    return (_sum(centred * centred, axes) / count).to(x.dtype), mean


def _var(
    x: Tensor, dim: Any = None, *, correction: float | None = None, keepdim: bool = False
) -> Any:
    axes = _axes(x, dim)
    if not any(_open(x, axis) for axis in axes):
        return NotImplemented
    variance, _ = _moments(x, axes, 1 if correction is None else correction)
    return _squeezed(variance, axes, keepdim)


def _std(x: Tensor, dim: Any = None, **kwargs: Any) -> Any:
    variance = _var(x, dim, **kwargs)
    return variance if variance is NotImplemented else variance.sqrt()


def _var_dim(x: Tensor, dim: Any, unbiased: bool = True, keepdim: bool = False) -> Any:
    return _var(x, dim, correction=float(unbiased), keepdim=keepdim)


def _std_dim(x: Tensor, dim: Any, unbiased: bool = True, keepdim: bool = False) -> Any:
    return _std(x, dim, correction=float(unbiased), keepdim=keepdim)


def _var_mean(
    x: Tensor, dim: Any = None, *, correction: float | None = None, keepdim: bool = False
) -> Any:
    axes = _axes(x, dim)
    if not any(_open(x, axis) for axis in axes):
        return NotImplemented
    variance, mean = _moments(x, axes, 1 if correction is None else correction)
    return _squeezed(variance, axes, keepdim), _squeezed(mean, axes, keepdim)


def _cumsum(x: Tensor, dim: int, *, dtype: torch.dtype | None = None) -> Any:
    if dtype not in (None, x.dtype) or x.dtype != torch.float32 or not _open(x, dim):
        return NotImplemented
    return x.double().cumsum(dim).to(x.dtype)


def _norm(
    x: Tensor,
    ord: float = 2,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: torch.dtype | None = None,
) -> Any:
    axes = _axes(x, dim)
    known = ord in (1, 2) and dtype in (None, x.dtype)
    if not known or not any(_open(x, axis) for axis in axes):
        return NotImplemented
    found = _sum(x.abs(), axes) if ord == 1 else _sum(x * x, axes).sqrt()
    return _squeezed(found.to(x.dtype), axes, keepdim)


def _softmax(x: Tensor, dim: int, half_to_float: Any = None) -> Any:  # noqa: ARG001
    if not _open(x, dim):
        return NotImplemented
    shares = (x - x.amax(dim, keepdim=True)).exp()
    return shares / _sum(shares, [dim % x.dim()]).to(x.dtype)


def _instance_norm(
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,  # noqa: ARG001
    use_input_stats: bool,
    momentum: float,  # noqa: ARG001
    eps: float,
    cudnn_enabled: bool,  # noqa: ARG001
) -> Any:
    axes = list(range(2, x.dim()))
    if not use_input_stats or running_mean is not None or not any(_open(x, a) for a in axes):
        return NotImplemented
    variance, mean = _moments(x, axes, 0)
    shape = [1, -1, *[1] * len(axes)]
    found = (x - mean) / (variance + eps).sqrt()
    found = found if weight is None else found * weight.reshape(shape)
    return found if bias is None else found + bias.reshape(shape)


def _group_norm(
    x: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,  # noqa: ARG001
) -> Any:
    if not any(_open(x, axis) for axis in range(2, x.dim())):
        return NotImplemented
    groups = x.unflatten(1, (num_groups, x.shape[1] // num_groups))
    variance, mean = _moments(groups, list(range(2, groups.dim())), 0)
    found = ((groups - mean) / (variance + eps).sqrt()).flatten(1, 2)
    shape = [1, -1, *[1] * (x.dim() - 2)]
    found = found if weight is None else found * weight.reshape(shape)
    return found if bias is None else found + bias.reshape(shape)


def _pool_to_one(x: Tensor, output_size: Sequence[int]) -> Any:
    """The mean over the last axes: adaptive pooling to one value."""
    axes = list(range(x.dim() - len(output_size), x.dim()))
    if any(size != 1 for size in output_size) or not any(_open(x, axis) for axis in axes):
        return NotImplemented
    return _mean(x, axes)


def _pool_to_one_1d(x: Tensor, output_size: Sequence[int]) -> Any:
    return _pool_to_one(x, output_size)


_RULES: dict[Any, Callable[..., Any]] = {
    target: _rule(function)
    for target, function in (
        (aten.sum.dim_IntList, _sum_dims),
        (aten.sum.default, _sum_all),
        (aten.mean.dim, _mean_dims),
        (aten.mean.default, _mean_all),
        (aten.var.correction, _var),
        (aten.std.correction, _std),
        (aten.var.dim, _var_dim),
        (aten.std.dim, _std_dim),
        (aten.var_mean.correction, _var_mean),
        (aten.cumsum.default, _cumsum),
        (aten.linalg_vector_norm.default, _norm),
        (aten.softmax.int, _softmax),
        (aten._softmax.default, _softmax),
        (aten.instance_norm.default, _instance_norm),
        (aten.group_norm.default, _group_norm),
        (aten.adaptive_avg_pool1d.default, _pool_to_one_1d),
        (aten.adaptive_avg_pool2d.default, _pool_to_one),
    )
}
