"""A bank of complex filters, as one strided convolution."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.blocks.weights import register_weight


class FilterBank(nn.Module):
    """Correlates audio with complex kernels.

    ``(batch, 1, samples)`` → ``(batch, 2 * bins, frames)``.

    Real parts come first, then imaginary ones: every head and every inverse reads this layout.

    Args:
        kernels: complex ``(bins, length)``; frame m of a bin is ``sum_n x[m hop + n] k[n]``.
        hop_length: samples from one frame to the next.
        trainable: make the kernels a parameter.
    """

    kernel: Tensor  # (2 * bins, 1, length)
    linear = True  # an exporter may compute it in half precision

    def __init__(
        self, kernels: NDArray[np.complex128], *, hop_length: int, trainable: bool
    ) -> None:
        super().__init__()
        self.hop_length = hop_length
        register_weight(self, "kernel", real_rows(kernels), trainable=trainable)

    def forward(self, audio: Tensor) -> Tensor:
        return functional.conv1d(audio, self.kernel, stride=self.hop_length)

    def adjoint(self, spectrum: Tensor) -> Tensor:
        """The transpose, ``(batch, 2 * bins, frames)`` → ``(batch, 1, samples)``.

        Every frame adds its bins' kernels up: ``sum_k Re(spectrum[k] conj(kernel[k]))``.
        """
        return functional.conv_transpose1d(spectrum, self.kernel, stride=self.hop_length)

    @property
    def multiplications(self) -> int:
        """For one frame."""
        return self.kernel.numel()

    def extra_repr(self) -> str:
        rows, _, length = self.kernel.shape
        return f"bins={rows // 2}, length={length}, hop_length={self.hop_length}"


def real_rows(kernels: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Complex ``(bins, length)`` → the weight of a convolution, ``(2 * bins, 1, length)``."""
    # Adding zero turns -0.0 into 0.0, so that the phase of silence is 0 and never -pi.
    return np.asarray(np.concatenate([kernels.real, kernels.imag])[:, None, :] + 0.0)


def complex_rows(kernel: Tensor) -> NDArray[np.complex128]:
    """The way back from :func:`real_rows`: ``(2 * bins, 1, length)`` → ``(bins, length)``."""
    real, imaginary = np.split(kernel.detach().cpu().double().numpy()[:, 0], 2)
    return np.asarray(real + 1j * imaginary)
