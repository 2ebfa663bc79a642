"""Weights of nnAudio put in the place of ours."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def set_weight(
    module: nn.Module, name: str, values: Tensor, *, requires_grad: bool | None = None
) -> None:
    """Replaces a weight by values of any length, keeping its number of axes.

    Args:
        module: the block that holds the weight.
        name: of the parameter or buffer.
        values: the new ones.
        requires_grad: of the parameter that it becomes; None for a buffer.
    """
    old = getattr(module, name)
    assert values.dim() == old.dim(), (name, values.shape, old.shape)
    # Adding zero turns -0.0 into 0.0; cloning keeps the two models apart.
    fresh = values.detach().to(torch.get_default_dtype()).clone() + 0.0
    delattr(module, name)
    if requires_grad is None:
        module.register_buffer(name, fresh, persistent=False)
    else:
        module.register_parameter(name, nn.Parameter(fresh, requires_grad=requires_grad))
