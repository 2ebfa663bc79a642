"""How float64 kernels become the weights of a module, and back."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


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


def real_rows(kernels: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Complex ``(bins, length)`` → the weight of a convolution, ``(2 * bins, 1, length)``."""
    # Adding zero turns -0.0 into 0.0, so that the phase of silence is 0 and never -pi.
    return np.asarray(np.concatenate([kernels.real, kernels.imag])[:, None, :] + 0.0)


def complex_rows(kernel: Tensor) -> NDArray[np.complex128]:
    """The way back from :func:`real_rows`: ``(2 * bins, 1, length)`` → ``(bins, length)``."""
    real, imaginary = np.split(kernel.detach().cpu().double().numpy()[:, 0], 2)
    return np.asarray(real + 1j * imaginary)
