"""A model as it is after training: batch norms with the statistics of noise, evaluation mode."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn

M = TypeVar("M", bound=nn.Module)


def settled(net: M, channels: int = 1) -> M:
    """The model in evaluation mode, with statistics of two seconds of noise in its batch norms."""
    net.eval()
    norms = [one for one in net.modules() if isinstance(one, nn.modules.batchnorm._BatchNorm)]
    if norms:
        state = torch.random.get_rng_state()
        torch.manual_seed(1)
        shape = (4, 2, 32000) if channels == 2 else (4, 32000)
        for norm in norms:
            norm.train()
            norm.momentum = 0.9
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.uniform_(norm.bias, -0.5, 0.5)
        with torch.no_grad():
            net(0.1 * torch.randn(shape))
        net.eval()
        torch.random.set_rng_state(state)
    return net
