"""A sparse matrix over the bins as a few products: the fast equal of a dense one."""

from typing import NamedTuple

import numpy as np
import torch
from nnaudio_contract import Block, Flow, StreamingForm, StreamPlan
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.weights import register_weight

# In multiplications of a large product, as ONNX Runtime's profile shows them on one core: what it
# costs to copy a number, and what one more product costs each frame.
_COST_OF_COPY = 20
_COST_OF_PRODUCT = 1000


class Band(NamedTuple):
    """Rows of a matrix, and the columns that they read: half-open ranges."""

    rows: tuple[int, int]
    columns: tuple[int, int]


class MatrixProduct(nn.Module):
    """Multiplies every frame by a matrix: ``(batch, n_in, frames)`` → ``(batch, n_out, frames)``.

    Args:
        matrix: float64 ``(n_out, n_in)``.
    """

    matrix: Tensor  # (n_out, n_in)
    framewise = True

    def __init__(self, matrix: NDArray[np.float64]) -> None:
        super().__init__()
        register_weight(self, "matrix", matrix, trainable=False)

    def forward(self, frames: Tensor) -> Tensor:
        return torch.matmul(self.matrix, frames)

    @property
    def multiplications(self) -> int:
        """For one frame."""
        return self.matrix.numel()

    def extra_repr(self) -> str:
        n_out, n_in = self.matrix.shape
        return f"{n_in} -> {n_out}"


class BandedProjection(Block):
    """Multiplies every frame by a matrix, band by band of its rows.

    ``(batch, n_in, frames)`` → ``(batch, n_out, frames)``. Neighbouring rows of a filter bank read
    neighbouring bins, and a product of these needs no more.

    Args:
        matrix: float64 ``(n_out, n_in)``.
        bands: of the matrix, in the order of its rows.

    Example:
        >>> matrix = np.array([[1.0, 2.0, 0.0], [0.0, 0.0, 3.0]])
        >>> banded = BandedProjection(matrix, [Band((0, 1), (0, 2)), Band((1, 2), (2, 3))])
        >>> banded(torch.ones(1, 3, 1)).flatten().tolist()
        [3.0, 3.0]
    """

    framewise = True

    def __init__(self, matrix: NDArray[np.float64], bands: list[Band]) -> None:
        super().__init__()
        self.n_in = matrix.shape[1]
        self.bands = nn.ModuleList(_Rows(matrix, band) for band in bands)

    def forward(self, frames: Tensor) -> Tensor:
        products: list[Tensor] = []
        for band in self.bands:
            products.append(band(frames))  # noqa: PERF401 - TorchScript unrolls this
        return torch.cat(products, dim=1)

    def streaming_form(self, flow: Flow, plan: StreamPlan) -> StreamingForm:
        # Few frames: each operation costs more than its numbers.
        return StreamingForm([self if plan.state.batched else self.whole()], flow)

    def whole(self) -> MatrixProduct:
        """As one product."""
        bands = [module for module in self.modules() if isinstance(module, _Rows)]
        matrix = torch.cat([band.in_place(self.n_in) for band in bands])
        return MatrixProduct(matrix.cpu().double().numpy()).to(matrix)


class _Rows(MatrixProduct):
    def __init__(self, matrix: NDArray[np.float64], band: Band) -> None:
        super().__init__(matrix[slice(*band.rows), slice(*band.columns)])
        self.start, end = band.columns
        self.width = end - self.start

    def forward(self, frames: Tensor) -> Tensor:
        return torch.matmul(self.matrix, frames.narrow(1, self.start, self.width))

    def in_place(self, n_in: int) -> Tensor:
        """These rows of the whole matrix."""
        return functional.pad(self.matrix, [self.start, n_in - self.start - self.width])


def fastest_projection(matrix: NDArray[np.float64]) -> MatrixProduct | BandedProjection:
    """A product with a matrix ``(n_out, n_in)``, in bands where that pays."""
    bands = bands_of(matrix)
    return MatrixProduct(matrix) if len(bands) == 1 else BandedProjection(matrix, bands)


def bands_of(matrix: NDArray[np.float64]) -> list[Band]:
    """The cheapest bands of a matrix ``(n_out, n_in)``: one of all columns where none are cheaper.

    Example:
        >>> wide = np.kron(np.eye(2), np.ones((100, 200)))
        >>> bands_of(wide)
        [Band(rows=(0, 100), columns=(0, 200)), Band(rows=(100, 200), columns=(200, 400))]
    """
    n_out, n_in = matrix.shape
    used = matrix != 0
    empty = ~used.any(axis=1)
    first = np.where(empty, n_in - 1, used.argmax(axis=1))
    last = np.where(empty, 0, n_in - used[:, ::-1].argmax(axis=1))
    # costs[end]: of the rows before it, cut in the best way; its last band starts at starts[end].
    costs, starts = np.zeros(n_out + 1), np.zeros(n_out + 1, np.int64)
    spans = np.zeros((n_out + 1, 2), np.int64)
    for end in range(1, n_out + 1):
        low = np.minimum.accumulate(first[:end][::-1])[::-1]
        high = np.maximum(np.maximum.accumulate(last[:end][::-1])[::-1], low + 1)
        rows, width = end - np.arange(end), high - low
        moved = width + rows
        through = costs[:end] + rows * width + _COST_OF_COPY * moved + _COST_OF_PRODUCT
        starts[end] = through.argmin()
        costs[end], spans[end] = through.min(), (low[starts[end]], high[starts[end]])
    if costs[n_out] >= n_out * n_in:
        return [Band((0, n_out), (0, n_in))]
    bands, end = [], n_out
    while end > 0:
        start = int(starts[end])
        bands.append(Band((start, end), (int(spans[end][0]), int(spans[end][1]))))
        end = start
    return bands[::-1]
