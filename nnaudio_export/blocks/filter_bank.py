"""A bank of complex filters, as one strided convolution."""

import numpy as np
from nnaudio_contract import (
    Block,
    Demand,
    Description,
    FastForm,
    Flow,
    StreamingForm,
    StreamPlan,
)
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from nnaudio_export.chunked.chunked_cascade import streamed_bank
from nnaudio_export.chunked.filter_cascade import single
from nnaudio_export.fast.multirate.rate_choice import cheapest_bank
from nnaudio_export.fast.split_dft.recognition import recognised_bank
from nnaudio_export.weights import real_rows, register_weight


class FilterBank(Block):
    """Correlates audio with complex kernels.

    ``(batch, 1, samples)`` → ``(batch, 2 * bins, frames)``.

    Real parts come first, then imaginary ones: every head and every inverse reads this layout.
    The fast form of Fourier kernels is a split transform (``fast/split_dft``), that of other long
    filters a multirate bank (``fast/multirate``); a stream keeps the end of the audio.

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

    def fast_form(self, given: Description, read: Demand, tolerance: float) -> FastForm:  # noqa: ARG002
        bins = self.kernel.shape[0] // 2
        asked = read.bins or bins
        split = recognised_bank(self.kernel, self.hop_length, asked)
        if split is not None:
            return FastForm([split], Description("complex", split.order(asked)))
        slower = cheapest_bank(self.kernel, self.hop_length, tolerance)
        return FastForm([slower or self], Description("complex"))

    def streaming_form(self, flow: Flow, plan: StreamPlan) -> StreamingForm:
        bank = single(self, hop_length=self.hop_length, length=self.kernel.shape[2])
        return streamed_bank(bank, flow, plan)

    @property
    def multiplications(self) -> int:
        """For one frame."""
        return self.kernel.numel()

    def extra_repr(self) -> str:
        rows, _, length = self.kernel.shape
        return f"bins={rows // 2}, length={length}, hop_length={self.hop_length}"
