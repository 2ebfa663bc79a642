"""Recognises windowed Fourier kernels by their numbers, and splits them."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from nnaudio_export.fast.split_dft.factorisation import Factorisation, factorisations
from nnaudio_export.fast.split_dft.split_bank import SplitBank, SplitPair
from nnaudio_export.fast.split_dft.split_synthesis import SplitSynthesis
from nnaudio_export.kernels.fourier import fourier_kernels, inverse_fourier_kernels
from nnaudio_export.weights import complex_rows

# Of the sum of a row's weights. Four roundings of 2**-24 each leave no row further off: of the
# exponential, of the window, of their product, and of the window that is read off the row of bin 0.
# What training moved by more is the user's, however small it is beside the largest weight of the
# bank: a gain or a logarithm behind may lift that row.
_ROUNDING = 2.0**-22


def recognised_bank(
    kernel: Tensor, hop_length: int, wanted: int, n_fft: int | None = None
) -> SplitBank | None:
    """The fast equal of a bank; None where it is no Fourier bank or splitting it gains nothing.

    The kernels decide, not how they came about: trained ones that are still a window times
    exponentials, but for the rounding of float32, are split too.

    Args:
        kernel: of the dense bank, ``(2 * bins, 1, length)``.
        hop_length: samples from one frame to the next.
        wanted: how many bins, from 0, are read.
        n_fft: samples of the frames that the result reads, where the kernels are shorter: their
            window is zero from there on. None for the kernels' own length.
    """
    kernels = complex_rows(kernel)
    if n_fft is not None:
        kernels = np.pad(kernels, ((0, 0), (0, n_fft - kernels.shape[1])))
    found = _window(kernels)
    if found is None:
        return None
    split = _best(len(found), hop_length, len(kernels))
    if split is None:
        return None
    return SplitBank(split, found, hop_length=hop_length, bins=wanted).to(kernel)


def recognised_pair(kernel: Tensor, hop_length: int) -> SplitPair | None:
    """The fast equal of a bank that is used both ways; None as for :func:`recognised_bank`."""
    found = _window(complex_rows(kernel))
    if found is None or kernel.shape[0] // 2 != len(found) // 2 + 1:
        return None
    return _pair(found, hop_length, kernel)


def recognised_synthesis(kernel: Tensor, window: Tensor, hop_length: int) -> SplitSynthesis | None:
    """The fast equal of an overlap-add; None where its kernels are no inverse Fourier kernels.

    Args:
        kernel: ``(2 * bins, 1, n_fft)``, not windowed.
        window: ``(n_fft,)``.
        hop_length: samples from one frame to the next.
    """
    rows = complex_rows(kernel)
    bins, n_fft = rows.shape
    ideal = inverse_fourier_kernels(n_fft=n_fft, bins=bins)
    # The rows are those of Re(s k): the imaginary ones have the other sign.
    if bins != n_fft // 2 + 1 or not _equal_but_for_rounding(rows, ideal.conj()):
        return None
    taper = window.detach().cpu().double().numpy()
    pair = _pair(taper, hop_length, kernel)
    return None if pair is None else SplitSynthesis(pair, taper).to(kernel)


def _pair(window: NDArray[np.float64], hop_length: int, kernel: Tensor) -> SplitPair | None:
    split = _best(len(window), hop_length, len(window) // 2 + 1, adjoint=True)
    if split is None:
        return None
    return SplitPair(split, window, hop_length=hop_length).to(kernel)


def _best(n_fft: int, hop_length: int, bins: int, *, adjoint: bool = False) -> Factorisation | None:
    """The cheapest split; None where that is the dense form."""
    candidates = [
        split
        for split in factorisations(n_fft=n_fft, hop_length=hop_length, bins=bins)
        if len(split.radices) == 1
        or not adjoint
        or (split.radices[-1] % 2 == 0 and not split.framed)
    ]
    best = min(candidates, key=lambda split: split.cost)
    return None if len(best.radices) == 1 else best


def _window(kernels: NDArray[np.complex128]) -> NDArray[np.float64] | None:
    """The window of Fourier kernels; None where they are none."""
    bins, n_fft = kernels.shape
    if bins > n_fft // 2 + 1:
        return None
    window = kernels[0].real  # bin 0 has no phase
    ideal = fourier_kernels(bins=np.arange(bins, dtype=np.float64), n_fft=n_fft) * window
    return window if _equal_but_for_rounding(kernels, ideal) else None


def _equal_but_for_rounding(kernels: NDArray[np.complex128], ideal: NDArray[np.complex128]) -> bool:
    """Whether no output of a row can change by more than float32 weights lose of the row's largest.

    The sum of the change of all weights is how far the output can move, for audio in -1 ... 1.
    """
    change, size = np.abs(kernels - ideal).sum(axis=1), np.abs(kernels).sum(axis=1)
    return bool((change <= _ROUNDING * size).all())
