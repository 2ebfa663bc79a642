"""A windowed Fourier transform as a product of small matrices.

In a frame of ``n_fft = r0 r1 ... rs`` samples, sample ``n = n0 (n_fft / r0) + m`` has a slow digit
n0 and a rest m. Summed over n0 alone, the frame becomes r0 numbers for each m; since the audio is
real, those above r0 / 2 are conjugates of the others. What is left is a transform of size
n_fft / r0 over m, split again in the same way. Every twiddle factor lies in the matrices, and the
digits are ordered such that each product finds its input in one piece: nothing is transposed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# What a step costs, in multiplications of the first stage: fitted to times of ONNX Runtime on one
# core (``python -m bench.splits`` does it again). A matrix product packs its operands first.
_COST_OF_PRODUCT = 1.5
_COST_OF_MOVING = 11  # one number, read or written
_LEAST_RADIX = 8  # a product of a smaller one takes as long
_COPIES_OF_FRAMES = 6  # shifted blocks, joined, put in order: each reads and writes
_MOST_STAGES = 4


@dataclass(frozen=True)
class Factorisation:
    """Radices of a transform, with what they cost.

    Attributes:
        radices: r0, r1, ..., rs; their product is ``n_fft``.
        framed: the audio is copied into frames first, since the hop is no multiple of
            :attr:`channels`.
        first: multiplications of the first stage, for one frame.
        products: multiplications of the others, or what takes as long.
        moved: numbers read or written.
    """

    radices: tuple[int, ...]
    framed: bool
    first: int
    products: int
    moved: int

    @property
    def multiplications(self) -> int:
        """For one frame."""
        return self.first + 2 * self.kept * self.channels * 2 * sum(self.radices[1:])

    @property
    def cost(self) -> float:
        """Multiplications of the first stage that take as long."""
        return self.first + _COST_OF_PRODUCT * self.products + _COST_OF_MOVING * self.moved

    @property
    def n_fft(self) -> int:
        """Samples of the frame."""
        return math.prod(self.radices)

    @property
    def channels(self) -> int:
        """``n_fft / r0``: into how many channels the audio is cut."""
        return math.prod(self.radices[1:])

    @property
    def kept(self) -> int:
        """Values of the first stage that are no conjugates of others, per channel."""
        return self.radices[0] // 2 + 1

    @property
    def raw_bins(self) -> NDArray[np.int64]:
        """Bin of the full transform, 0 ... n_fft - 1, of each raw output row."""
        bins = np.arange(self.kept)
        size = self.radices[0]
        for radix in self.radices[1:]:
            bins = (np.arange(radix)[:, None] * size + bins[None, :]).reshape(-1)
            size *= radix
        return bins


def factorisations(*, n_fft: int, hop_length: int, bins: int) -> Iterator[Factorisation]:
    """All ways to split, the dense form ``(n_fft,)`` among them.

    The audio is cut into ``n_fft / r0`` channels. Where these divide the hop, every frame starts
    in channel 0 and a strided convolution reads it; else the frames are copied out first.

    Args:
        n_fft: samples of a frame.
        hop_length: samples from one frame to the next.
        bins: of the dense form.

    Example:
        >>> best = min(factorisations(n_fft=2048, hop_length=512, bins=1025), key=lambda f: f.cost)
        >>> best.radices
        (32, 8, 8)
    """
    dense = 2 * bins * n_fft
    yield Factorisation((n_fft,), False, first=dense, products=0, moved=n_fft + 2 * bins)
    for channels in range(2, n_fft // 2 + 1):
        if n_fft % channels == 0:
            for radices in _ordered_factors(channels, _MOST_STAGES - 1):
                yield factorise((n_fft // channels, *radices), framed=hop_length % channels != 0)


def _ordered_factors(number: int, most: int) -> Iterator[tuple[int, ...]]:
    yield (number,)
    if most > 1:
        for first in range(2, number // 2 + 1):
            if number % first == 0:
                for rest in _ordered_factors(number // first, most - 1):
                    yield (first, *rest)


def factorise(radices: tuple[int, ...], *, framed: bool = False) -> Factorisation:
    """Counts what a split costs.

    Example:
        >>> factorise((32, 8, 8)).multiplications
        139264
    """
    n_fft, kept = math.prod(radices), radices[0] // 2 + 1
    values = 2 * kept * (n_fft // radices[0])  # between two stages
    first = values * radices[0]
    products = sum(values * 2 * max(radix, _LEAST_RADIX) for radix in radices[1:])
    moved = n_fft + values * (2 * len(radices) - 1)
    if framed:
        moved += _COPIES_OF_FRAMES * n_fft
    return Factorisation(radices, framed, first, products, moved)


def first_stage(
    factorisation: Factorisation, window: NDArray[np.float64]
) -> NDArray[np.complex128]:
    """Kernels of the first sum, window and twiddle factors included.

    Returns:
        complex128 ``(channels, kept, r0)``, channels in the order of :func:`channel_order`.
    """
    size, channels = factorisation.radices[0], factorisation.channels
    k, n = np.arange(factorisation.kept)[:, None], np.arange(size)[None, :]
    m = channel_order(factorisation)[:, None, None]
    n_fft = factorisation.n_fft
    turns = (m * k + channels * (k * n)) % n_fft  # in exact integers
    tapers = window.reshape(size, channels)[:, m[:, 0, 0]].T[:, None, :]
    return np.multiply(_exponential(turns, n_fft), tapers, dtype=np.complex128)


def channel_order(factorisation: Factorisation) -> NDArray[np.int64]:
    """Which sample of each piece of audio a channel holds: the digits in reverse.

    The next stage sums over the digit that changes fastest.
    """
    order = np.arange(factorisation.channels).reshape(factorisation.radices[1:])
    return np.ascontiguousarray(order.T).reshape(-1)


def later_stages(factorisation: Factorisation) -> Iterator[NDArray[np.float64]]:
    """Real matrices of the other sums, twiddle factors included.

    Yields:
        float64 ``(pieces, 2 r, 2 r)`` per stage, a matrix for each of its pieces. Columns are
        (digit, real or imaginary), rows (real or imaginary, digit).
    """
    rest = factorisation.channels
    later = factorisation.radices[1:]
    for index, radix in enumerate(later):
        # The channel's digits that are still to be summed, in the layout's order.
        digits = later[index + 1 :]
        pieces = np.ascontiguousarray(np.arange(math.prod(digits)).reshape(digits or (1,)).T)
        q = pieces.reshape(-1)[:, None, None]
        k, p = np.arange(radix)[:, None], np.arange(radix)[None, :]
        turns = (q * k + (rest // radix) * (k * p)) % rest
        values = _exponential(turns, rest)  # (pieces, k, p)
        real = np.stack([values.real, -values.imag], axis=-1)
        imaginary = np.stack([values.imag, values.real], axis=-1)
        yield np.concatenate([real, imaginary], axis=1).reshape(len(q), 2 * radix, 2 * radix)
        rest //= radix


def _exponential(turns: NDArray[np.int64], period: int) -> NDArray[np.complex128]:
    return np.asarray(np.exp(-2j * np.pi * turns / period))
