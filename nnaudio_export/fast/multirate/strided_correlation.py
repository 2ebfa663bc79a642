"""Correlation at a stride of many samples, as a few large matrix products.

A convolution in ONNX Runtime first writes every window down, number by number, and multiplies then.
Where windows overlap little, the writing takes longer than the multiplication.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.weights import register_weight

# What it costs to copy a number, in multiplications of a large product: fitted to times of ONNX
# Runtime on one core. A convolution copies one number of every window after the other: at a long
# stride, each from another part of memory.
_COST_OF_COPY = 20
_COST_OF_FAR_COPY = 60
_LONG_STRIDE = 100


class Piece(NamedTuple):
    """A part of a window: some columns of one of its blocks."""

    block: int
    start: int
    width: int


class BlockProducts(nn.Module):
    """Correlation as products with the audio cut into blocks of one stride each.

    A window is a row of neighbouring blocks, its first and last one in part. Each piece of the
    filters is multiplied with its columns of all blocks at once; a window's products are added up.

    ``(batch, samples)`` → ``(batch, windows, rows)``; the stride must divide ``samples``.

    Args:
        kernels: float64 ``(rows, taps)``.
        start: sample of the first window's start, from 0.
        stride: samples from one window to the next.

    Example:
        >>> sums = BlockProducts(np.ones((1, 3)), start=1, stride=2)
        >>> sums(torch.arange(6.0)[None], 2)  # 1 + 2 + 3, 3 + 4 + 5
        tensor([[[ 6.],
                 [12.]]])
    """

    def __init__(self, kernels: NDArray[np.float64], *, start: int, stride: int) -> None:
        super().__init__()
        rows, taps = kernels.shape
        self.start, self.taps, self.stride = start, taps, stride
        pieces = _pieces(rows=rows, taps=taps, start=start, stride=stride)
        end = (pieces[-1].block + 1) * stride
        blocks = np.pad(kernels, [(0, 0), (start, end - start - taps)]).reshape(rows, -1, stride)
        self.first, *rest = (
            _Product(blocks[:, piece.block], piece, whole=piece.width == stride) for piece in pieces
        )
        self.rest = nn.ModuleList(rest)

    def forward(self, audio: Tensor, windows: int) -> Tensor:
        blocks = audio.reshape(audio.shape[0], -1, self.stride)
        total = self.first(blocks, windows)
        for product in self.rest:
            total = total + product(blocks, windows)
        return total


class _Product(nn.Module):
    """What one block adds to a window: ``(batch, blocks, stride)`` → ``(batch, windows, rows)``."""

    kernel: Tensor  # (width, rows)

    def __init__(self, kernels: NDArray[np.float64], piece: Piece, *, whole: bool) -> None:
        super().__init__()
        self.block = piece.block
        self.columns: nn.Module = nn.Identity() if whole else _Columns(piece.start, piece.width)
        used = kernels[:, piece.start : piece.start + piece.width]
        register_weight(self, "kernel", used.T, trainable=False)

    def forward(self, blocks: Tensor, windows: int) -> Tensor:
        return torch.matmul(self.columns(blocks), self.kernel).narrow(1, self.block, windows)


class _Columns(nn.Module):
    def __init__(self, start: int, width: int) -> None:
        super().__init__()
        self.start = start
        self.width = width

    def forward(self, blocks: Tensor) -> Tensor:
        return blocks.narrow(2, self.start, self.width)


def _pieces(*, rows: int, taps: int, start: int, stride: int) -> list[Piece]:
    """The blocks of a window; where it pays, only the columns that it needs."""
    pieces = []
    for block in range(start // stride, -(-(start + taps) // stride)):
        first = max(start - block * stride, 0)
        width = min(start + taps - block * stride, stride) - first
        crop = _COST_OF_COPY * width < _lanes(rows) * (stride - width)
        pieces.append(Piece(block, first, width) if crop else Piece(block, 0, stride))
    return pieces


class StridedConvolution(nn.Module):
    """Correlation as one convolution: for strides so short that a window has many blocks.

    Input, output and arguments are those of :class:`BlockProducts`.
    """

    kernel: Tensor  # (rows, 1, taps)

    def __init__(self, kernels: NDArray[np.float64], *, start: int, stride: int) -> None:
        super().__init__()
        self.start, self.taps, self.stride = start, kernels.shape[1], stride
        register_weight(self, "kernel", kernels[:, None], trainable=False)

    def forward(self, audio: Tensor, windows: int) -> Tensor:
        used = audio.narrow(1, self.start, (windows - 1) * self.stride + self.taps)
        return functional.conv1d(used.unsqueeze(1), self.kernel, stride=self.stride).transpose(1, 2)


def strided_correlation(
    kernels: NDArray[np.float64], *, start: int, stride: int
) -> BlockProducts | StridedConvolution:
    """The cheaper form; arguments as for :class:`BlockProducts`."""
    rows, taps = kernels.shape
    products = cost_of_products(rows=rows, taps=taps, start=start, stride=stride)
    if products <= cost_of_convolution(rows=rows, taps=taps, stride=stride):
        return BlockProducts(kernels, start=start, stride=stride)
    return StridedConvolution(kernels, start=start, stride=stride)


def cost_of_correlation(*, rows: int, taps: int, start: int, stride: int) -> float:
    """Of one window of the cheaper form, in multiplications."""
    return min(
        cost_of_products(rows=rows, taps=taps, start=start, stride=stride),
        cost_of_convolution(rows=rows, taps=taps, stride=stride),
    )


def cost_of_products(*, rows: int, taps: int, start: int, stride: int) -> float:
    """Of one window of :class:`BlockProducts`, in multiplications."""
    pieces = _pieces(rows=rows, taps=taps, start=start, stride=stride)
    # Each product is cut to the windows, and added.
    copied = 2 * rows * len(pieces) + sum(p.width for p in pieces if p.width < stride)
    return _lanes(rows) * sum(p.width for p in pieces) + _COST_OF_COPY * copied


def cost_of_convolution(*, rows: int, taps: int, stride: int) -> float:
    """Of one window of a convolution, in multiplications."""
    written = _COST_OF_COPY if stride < _LONG_STRIDE else _COST_OF_FAR_COPY
    return (_lanes(rows) + written) * taps


def _lanes(rows: int) -> int:
    """A product works on eight columns at a time, and on fewer than sixteen no faster."""
    return max(16, -(-rows // 8) * 8)
