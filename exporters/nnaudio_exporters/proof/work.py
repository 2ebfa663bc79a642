"""How much work a run of a module is, the same on every machine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from nnaudio_exporters.prepare.outputs import run_eagerly

# Multiplications that take as long as to write a number, with what makes it.
_WRITTEN = 20


def work(module: nn.Module, signal: Tensor) -> float:
    """Multiplications of one run; writing a number counts as some.

    Example:
        >>> import torch
        >>> work(nn.Linear(100, 5, bias=False), torch.ones(1, 100)) >= 500
        True
    """
    with _Counter() as counter:
        run_eagerly(module, signal)
    return counter.total


class _Counter(TorchDispatchMode):
    """Adds up the work of every operator that is called within it."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0.0

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Calls the operator, and counts."""
        result = func(*args, **(kwargs or {}))
        tensors = [value for value in args if isinstance(value, Tensor)]
        written = result if isinstance(result, (tuple, list)) else [result]
        for value in written:
            if isinstance(value, Tensor):
                products = _products(func._schema.name, tensors, value)
                self.total += products + _WRITTEN * value.numel()
        return result


def _products(name: str, tensors: Sequence[Tensor], result: Tensor) -> float:
    name = name.rpartition("::")[2]
    if "conv" in name and len(tensors) > 1:
        # The other way round in a transposed one, where each input goes to many outputs.
        count = max(result.numel(), tensors[0].numel())
        return count * math.prod(tensors[1].shape[1:])
    if name in ("mm", "bmm", "matmul", "linear"):
        return result.numel() * tensors[0].shape[-1]
    if name in ("addmm", "baddbmm"):
        return result.numel() * tensors[1].shape[-1]
    return 0.0
