"""How a float64 kernel becomes a weight of a module."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


def register_weight(
    module: nn.Module, name: str, values: NDArray[np.float64], *, trainable: bool
) -> None:
    """Registers ``values`` on ``module``, rounded once to the default dtype of PyTorch.

    A trainable weight is a parameter. A fixed one is a buffer of the same name and shape that
    stays out of checkpoints: the constructor can rebuild it, and a checkpoint should hold what
    was learned.
    """
    tensor = torch.tensor(values, dtype=torch.get_default_dtype())
    if trainable:
        module.register_parameter(name, nn.Parameter(tensor))
    else:
        module.register_buffer(name, tensor, persistent=False)
