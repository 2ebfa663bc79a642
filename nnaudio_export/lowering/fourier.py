"""Recognises windowed Fourier kernels by their numbers, and splits them."""

import numpy as np
from numpy.typing import NDArray

from nnaudio_export.blocks.factorised_bank import FactorisedBank
from nnaudio_export.blocks.filter_bank import FilterBank
from nnaudio_export.kernels.factorised import factorisations
from nnaudio_export.kernels.fourier import fourier_kernels

# A float32 weight is within 6e-8 of its value: closer than this, kernels are Fourier kernels.
_ROUNDING = 1e-7


def factorised(bank: FilterBank, tolerance: float, wanted: int) -> FactorisedBank | None:
    """The fast equal of a bank; None where it is no Fourier bank or splitting it gains nothing.

    The kernels decide, not how they came about: trained ones that are still a window times
    exponentials, to within the tolerance, are split too.

    Args:
        bank: the dense bank.
        tolerance: largest error of any output, of the largest output.
        wanted: how many bins, from 0, are read.
    """
    rows = bank.kernel.detach().cpu().double().numpy()[:, 0]
    bins, n_fft = len(rows) // 2, rows.shape[1]
    if bins > n_fft // 2 + 1:
        return None
    kernels = rows[:bins] + 1j * rows[bins:]
    window = kernels[0].real  # bin 0 has no phase
    if _misfit(kernels, window) > max(tolerance / 10, _ROUNDING):
        return None
    best = min(
        factorisations(n_fft=n_fft, hop_length=bank.hop_length, bins=bins), key=lambda f: f.cost
    )
    if len(best.radices) == 1:
        return None
    split = FactorisedBank(best, window, hop_length=bank.hop_length, bins=wanted)
    return split.to(bank.kernel)


def _misfit(kernels: NDArray[np.complex128], window: NDArray[np.float64]) -> float:
    """Largest weight's distance from window times exponential, of the largest weight."""
    bins, n_fft = kernels.shape
    ideal = fourier_kernels(bins=np.arange(bins, dtype=np.float64), n_fft=n_fft) * window
    scale = np.abs(kernels).max()
    return float(np.abs(kernels - ideal).max() / scale) if scale > 0 else 0.0
