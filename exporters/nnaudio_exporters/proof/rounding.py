"""What float32 does to a module, whoever runs it: every step may round up or down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


class RandomRounding(TorchDispatchMode):
    """Within it, float64 results of every operator become one of the two float32 numbers beside.

    Engines round each step in their own way: the last bit of a logarithm may depend on its place in
    memory. What a module makes of such bits is its own. What is a float32 number already, stays.

    Args:
        seed: of the choice.

    Reference:
        J. Vignes, "A stochastic arithmetic for reliable scientific computation", Mathematics and
        Computers in Simulation 35, 1993, doi:10.1016/0378-4754(93)90003-D.

    Example:
        >>> third = torch.tensor([1.0, 4.0], dtype=torch.float64)
        >>> with RandomRounding(seed=1):
        ...     third = third / torch.tensor([3.0, 4.0], dtype=torch.float64)
        >>> abs(third[0].item() - 1 / 3) < 2**-24, third[1].item()
        (True, 1.0)
    """

    def __init__(self, seed: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._generator = torch.Generator().manual_seed(seed)

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Calls the operator and rounds what it computed anew."""
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and not any(a.alias_info for a in func._schema.returns):
            return self._rounded(result)
        return result

    def _rounded(self, exact: Tensor) -> Tensor:
        if exact.dtype == torch.complex128:
            return torch.view_as_complex(self._rounded(torch.view_as_real(exact)))
        if exact.dtype != torch.float64:
            return exact
        near = exact.float()
        beyond = torch.where(near.double() < exact, torch.inf, -torch.inf).float()
        other = torch.nextafter(near, beyond)
        drawn = torch.rand(exact.shape, generator=self._generator) < 0.5
        chosen = torch.where(drawn, near, other).double()
        return torch.where(near.double() == exact, exact, chosen)
