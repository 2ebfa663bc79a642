"""Functions that engines have no operator for, written so that small values keep their digits.

``log(1 + x)`` has lost x before the logarithm is taken, where x is 1e-6: half of the digits of a
compressed power, at -60 dB.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

aten = torch.ops.aten


def log1p(x: Tensor) -> Tensor:
    """``log(1 + x)``, to the last digits of any x.

    What is lost in ``1 + x`` is lost in ``(1 + x) - 1`` in the same way.

    Reference:
        W. Kahan, in the Hewlett-Packard HP-15C Advanced Functions Handbook, 1982.

    Example:
        >>> float(log1p(torch.tensor(1e-10)))
        1.000000013351432e-10
    """
    one_more = x + 1
    kept = one_more - 1
    # Where nothing is kept, the function is its argument; infinity has no quotient.
    small = kept == 0
    quotient = x / torch.where(small | (kept == torch.inf), 1.0, kept)
    return torch.where(small, x, torch.where(kept == torch.inf, x, one_more.log() * quotient))


def expm1(x: Tensor) -> Tensor:
    """``exp(x) - 1``, to the last digits of any x.

    Example:
        >>> float(expm1(torch.tensor(1e-10)))
        1.000000013351432e-10
    """
    # tanh(x / 2) = (exp(x) - 1) / (exp(x) + 1); far out it is 1, and the plain difference exact.
    return torch.where(x.abs() > 1, x.exp() - 1, (x / 2).tanh() * (x.exp() + 1))


EXACT: dict[Any, Callable[..., Any]] = {aten.log1p.default: log1p, aten.expm1.default: expm1}
