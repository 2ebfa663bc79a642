"""The discrete cosine transform as a matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def dct_matrix(*, n_out: int, n_in: int, ortho: bool) -> NDArray[np.float64]:
    """Rows of the type-II DCT, ``2 cos(pi k (2 n + 1) / (2 n_in))``.

    Args:
        n_out: number of coefficients, at most ``n_in``.
        n_in: length of the input.
        ortho: scale the rows to unit length.

    Returns:
        float64 ``(n_out, n_in)``.

    Reference:
        :func:`scipy.fft.dct`, ``type=2``.

    Example:
        >>> matrix = dct_matrix(n_out=3, n_in=3, ortho=True)
        >>> np.allclose(matrix @ matrix.T, np.eye(3))
        True
    """
    k = np.arange(n_out)[:, None]
    n = np.arange(n_in)[None, :]
    # Reduced to one period of the cosine, in exact integers.
    matrix = 2.0 * np.cos(np.pi * ((k * (2 * n + 1)) % (4 * n_in)) / (2 * n_in))
    if ortho:
        matrix *= np.where(k == 0, np.sqrt(1 / (4 * n_in)), np.sqrt(1 / (2 * n_in)))
    return matrix
