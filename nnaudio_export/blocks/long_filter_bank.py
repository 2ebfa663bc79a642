"""A bank of filters too long for one sum in float32."""

import itertools

import numpy as np
from nnaudio_contract import Demand, Description, FastForm
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.blocks.filter_bank import FilterBank

# PyTorch's convolution on a CPU adds up the products of a filter one by one. For 11,700 of them,
# with a low tone, that loses 3e-6 of the sum; in pieces of this length, 1e-6.
LONGEST_SUM = 2048


class LongFilterBank(FilterBank):
    """A :class:`FilterBank` that adds up its products in pieces of at most 2048.

    ``(batch, 1, samples)`` → ``(batch, 2 * bins, frames)``. The kernel is one weight all the same.
    """

    def __init__(
        self, kernels: NDArray[np.complex128], *, hop_length: int, trainable: bool
    ) -> None:
        super().__init__(kernels, hop_length=hop_length, trainable=trainable)
        length = kernels.shape[1]
        pieces = -(-length // LONGEST_SUM)
        ends = [length * (i + 1) // pieces for i in range(pieces)]
        self.first = _Piece(0, ends[0], length)
        self.rest = nn.ModuleList(
            _Piece(start, end, length) for start, end in itertools.pairwise(ends)
        )

    def forward(self, audio: Tensor) -> Tensor:
        return self.correlate(audio)

    def fast_form(self, given: Description, read: Demand, tolerance: float) -> FastForm:
        return super().fast_form(given, read, tolerance)  # the same kernels, the same forms

    def correlate(self, audio: Tensor) -> Tensor:
        total: Tensor = self.first(audio, self.kernel, self.hop_length)
        for piece in self.rest:
            total = total + piece(audio, self.kernel, self.hop_length)
        return total


class _Piece(nn.Module):
    """What the taps from ``start`` to ``end`` of a filter of ``length`` add to its frames."""

    def __init__(self, start: int, end: int, length: int) -> None:
        super().__init__()
        self.start = start
        self.end = end
        self.missing = length - (end - start)

    def forward(self, audio: Tensor, kernel: Tensor, hop_length: int) -> Tensor:
        part = audio.narrow(2, self.start, audio.shape[2] - self.missing)
        return functional.conv1d(part, kernel[:, :, self.start : self.end], stride=hop_length)


def filter_bank(kernels: NDArray[np.complex128], *, hop_length: int, trainable: bool) -> FilterBank:
    """The bank that fits the length of the filters."""
    kind = LongFilterBank if kernels.shape[1] > LONGEST_SUM else FilterBank
    return kind(kernels, hop_length=hop_length, trainable=trainable)
