"""Operators that PyTorch's converter does not take as people call them, in others that it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

aten = torch.ops.aten


def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    *others: Any,
    **named: Any,
) -> Any:
    """Attention without an axis of heads, as attention with one head."""
    if query.dim() != 3:
        return NotImplemented
    if attn_mask is not None and attn_mask.dim() == 3:
        attn_mask = attn_mask.unsqueeze(1)
    q, k, v = (x.unsqueeze(1) for x in (query, key, value))
    return functional.scaled_dot_product_attention(q, k, v, attn_mask, *others, **named).squeeze(1)


def median(x: Tensor, dim: int, keepdim: bool = False) -> tuple[Tensor, Tensor]:
    """The lower one of the two in the middle, and its place."""
    values, places = x.sort(dim)
    middle = (x.shape[dim] - 1) // 2
    found = values.narrow(dim, middle, 1), places.narrow(dim, middle, 1)
    return found if keepdim else (found[0].squeeze(dim), found[1].squeeze(dim))


RULES: dict[Any, Callable[..., Any]] = {
    aten.scaled_dot_product_attention.default: attention,
    aten.median.dim: median,
}
