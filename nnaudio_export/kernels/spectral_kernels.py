"""Kernels taken to the frequency domain: a correlation as a product with a spectrum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def spectral_kernels(
    kernels: NDArray[np.complex128], *, negligible: float = 1e-5
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The Fourier bins that kernels need, and the matrix that correlates in their domain.

    Args:
        kernels: complex ``(n_out, length)``.
        negligible: the Fourier bins end where all kernels stay below this part of their largest
            value. None is left out below: most of the energy of audio is there.

    Returns:
        Numbers of the Fourier bins, float64 ``(n_in,)``, from 0 to the last one needed; and a
        float64 matrix ``(2 * n_out, 2 * n_in)`` that takes the spectrum of real samples there, real
        parts first, to ``sum_n x[n] kernels[n]``, real parts first.

    Reference:
        J. Brown and M. Puckette, "An efficient algorithm for the calculation of a constant Q
        transform", J. Acoust. Soc. Am. 92(5), 1992, eq. 5.

    Example:
        >>> kernel = np.exp(2j * np.pi * np.arange(4) / 4)
        >>> bins, matrix = spectral_kernels(kernel[None])
        >>> bins
        array([0., 1.])
        >>> x = np.array([1.0, 2.0, 0.0, -1.0])
        >>> spectrum = np.fft.fft(x)[:2]
        >>> (matrix @ np.concatenate([spectrum.real, spectrum.imag])).round(12)
        array([1., 3.])
        >>> [float(part) for part in ((x @ kernel).real.round(12), (x @ kernel).imag.round(12))]
        [1.0, 3.0]
    """
    length = kernels.shape[1]
    # sum_n x[n] k[n] = sum_f X[f] K[f], with K[f] = sum_n k[n] exp(2j pi f n / length) / length
    weights = np.fft.ifft(kernels, axis=1)
    positive = np.arange(length // 2 + 1)
    mirrored = weights[:, -positive % length]
    # The bins 0 and length / 2 are their own mirror images.
    mirrored[:, positive == -positive % length] = 0
    weights = weights[:, positive]
    size = np.maximum(abs(weights), abs(mirrored))
    needed = (size > negligible * size.max(axis=1, keepdims=True)).any(axis=0).nonzero()[0]
    count = int(needed[-1]) + 1
    a, b = weights[:, :count], mirrored[:, :count]
    # a X + b conj(X): the samples are real, so X[-f] is conj(X[f]).
    both, apart = a + b, a - b
    matrix = np.block([[both.real, -apart.imag], [both.imag, apart.real]])
    return positive[:count].astype(np.float64), matrix
