"""Fourier kernels: complex exponentials at uniform or chosen frequencies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FREQ_SCALES = ("no", "linear", "log", "log2")


def fourier_bins(
    *, n_fft: int, freq_bins: int, freq_scale: str, fmin: float, fmax: float, sr: float
) -> NDArray[np.float64]:
    """Frequencies of the bins, in cycles per ``n_fft`` samples.

    Args:
        n_fft: frame length in samples.
        freq_bins: number of bins.
        freq_scale: ``"no"`` for 0, 1, 2, ...; else ``freq_bins`` steps from fmin towards fmax
            (fmax itself excluded, as in nnAudio), ``"linear"`` or geometric (``"log"`` and
            ``"log2"`` are the same spacing).
        fmin: Hz, above 0 for the geometric scales.
        fmax: Hz.
        sr: sampling rate in Hz.

    Returns:
        float64 ``(freq_bins,)``.

    Example:
        >>> fourier_bins(n_fft=8, freq_bins=3, freq_scale="log", fmin=100, fmax=800, sr=800)
        array([1., 2., 4.])
    """
    steps = np.arange(freq_bins, dtype=np.float64)
    if freq_scale == "no":
        return steps
    if freq_scale == "linear":
        return (fmin + steps * (fmax - fmin) / freq_bins) * n_fft / sr
    return fmin * (fmax / fmin) ** (steps / freq_bins) * n_fft / sr


def fourier_kernels(
    *, bins: NDArray[np.float64], n_fft: int, samples: int | None = None
) -> NDArray[np.complex128]:
    """Complex exponentials ``exp(-2j pi bins n / n_fft)``.

    Args:
        bins: cycles per ``n_fft`` samples, ``(bins,)``.
        n_fft: samples of a period of bin 1.
        samples: how many to give; None for ``n_fft``.

    Returns:
        complex128 ``(bins, samples)``.

    Example:
        >>> fourier_kernels(bins=np.array([1.0]), n_fft=4).round(12) + 0
        array([[ 1.+0.j,  0.-1.j, -1.+0.j,  0.+1.j]])
    """
    # Whole turns are taken out before the exponential: exact for whole bins, so that the
    # kernel of bin 1000 is as precise as that of bin 1.
    turns = np.outer(bins, np.arange(n_fft if samples is None else samples)) % n_fft
    exponentials: NDArray[np.complex128] = np.exp(-2j * np.pi * turns / n_fft)
    return exponentials


def bin_weights(*, n_fft: int, bins: int) -> NDArray[np.float64]:
    """What each bin counts in the inverse transform of a frame, float64 ``(bins,)``.

    Args:
        n_fft: samples of the frame.
        bins: number of bins given, from bin 0: ``n_fft`` for a full spectrum, else a one-sided
            one whose other bins are conjugates of these.

    Example:
        >>> bin_weights(n_fft=4, bins=3)
        array([0.25, 0.5 , 0.25])
    """
    weights = np.ones(bins)
    if bins <= n_fft // 2 + 1:
        # Every bin but 0 and Nyquist stands for its conjugate too.
        weights[1 : (n_fft + 1) // 2] = 2
    return weights / n_fft


def inverse_fourier_kernels(*, n_fft: int, bins: int) -> NDArray[np.complex128]:
    """Rows that give back the real frame: ``frame = Re(sum_k spectrum[k] * rows[k])``.

    Args:
        n_fft: samples of the frame.
        bins: number of bins given, from bin 0: ``n_fft`` for a full spectrum, else a one-sided
            one whose other bins are conjugates of these (or zero above ``bins``).

    Returns:
        complex128 ``(bins, n_fft)``.
    """
    rows = np.conj(fourier_kernels(bins=np.arange(bins, dtype=np.float64), n_fft=n_fft))
    weights = bin_weights(n_fft=n_fft, bins=bins)
    return np.multiply(rows, weights[:, None], dtype=np.complex128)
