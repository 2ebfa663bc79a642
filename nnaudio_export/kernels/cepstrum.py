"""From spectrum to cepstrum and back: the real DFT on half of an even sequence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def even_dft(*, size: int, n_out: int, silent_below: int = 0) -> NDArray[np.float64]:
    """Real part of the orthonormal DFT of an even sequence, from its first half.

    The sequence has ``size`` values, of which the first ``size // 2 + 1`` say it all, and so is its
    transform: ``y[k] = sum_n x[n] cos(2 pi k n / size) / sqrt(size)``.

    Args:
        size: of the whole sequence.
        n_out: values of the transform, from 0, at most ``size // 2 + 1``.
        silent_below: this many values at the beginning, and as many at the end of the whole
            sequence, count as zero. (That leaves value ``silent_below``, but not its mirror image.)

    Returns:
        float64 ``(n_out, size // 2 + 1)``.

    Example:
        >>> even = np.array([4.0, 1.0, 2.0, 1.0])
        >>> even_dft(size=4, n_out=3) @ even[:3]
        array([4., 1., 2.])
        >>> np.fft.fft(even).real[:3] / 2
        array([4., 1., 2.])
    """
    n = np.arange(size // 2 + 1)
    # Itself and its mirror image, where they count.
    occurrences = heard(size=size, silent_below=silent_below)
    mirrored = (n > 0) & (2 * n < size)
    occurrences = occurrences[n] + np.where(mirrored, occurrences[-n], 0.0)
    # One period of the cosine, looked up: exact, and there are only `size` different values.
    period = np.cos(2 * np.pi * np.arange(size) / size)
    return period[np.outer(np.arange(n_out), n) % size] * (occurrences / np.sqrt(size))


def heard(*, size: int, silent_below: int) -> NDArray[np.float64]:
    """1 for the values of the whole sequence that count, 0 for the silent ones, ``(size,)``.

    Example:
        >>> heard(size=6, silent_below=2)
        array([0., 0., 1., 1., 0., 0.])
    """
    n = np.arange(size)
    return ((n >= silent_below) & (n < size - silent_below)).astype(np.float64)
