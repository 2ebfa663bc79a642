"""Analysis windows, centred in a frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Window = str | float | tuple[object, ...]


def centred_window(*, window: Window, win_length: int, n_fft: int) -> NDArray[np.float64]:
    """A periodic window of ``win_length`` samples, zero-padded on both sides to ``n_fft``.

    Args:
        window: a name, or name and parameters, that :func:`scipy.signal.get_window` knows.
        win_length: samples, at most ``n_fft``.
        n_fft: samples of the frame.

    Returns:
        float64 ``(n_fft,)``.

    Raises:
        ValueError: SciPy does not know the window.

    Example:
        >>> centred_window(window="hann", win_length=4, n_fft=6)
        array([0. , 0. , 0.5, 1. , 0.5, 0. ])
    """
    # Half a second, which `import nnaudio_export` should not take.
    from scipy.signal import get_window

    try:
        values = get_window(window, win_length, fftbins=True)
    except (ValueError, TypeError, IndexError) as error:
        raise ValueError(
            f"window={window!r}: scipy.signal.get_window refuses it ({error}); 'hann', 'hamming' "
            "or ('kaiser', 14.0) would be right"
        ) from None
    # An odd remainder puts the extra zero behind the window, as librosa and torch.stft do.
    before = (n_fft - win_length) // 2
    return np.pad(values, (before, n_fft - win_length - before)).astype(np.float64)


def blackman_harris(length: int) -> NDArray[np.float64]:
    """The symmetric four-term Blackman-Harris window, side lobes below -92 dB.

    Reference:
        F. Harris, "On the use of windows for harmonic analysis with the discrete Fourier
        transform", Proc. IEEE 66(1), 1978.

    Example:
        >>> blackman_harris(5).round(5)
        array([6.0000e-05, 2.1747e-01, 1.0000e+00, 2.1747e-01, 6.0000e-05])
    """
    turns = 2 * np.pi * np.arange(length) / max(length - 1, 1)
    terms = (0.35875, -0.48829, 0.14128, -0.01168)
    if length == 1:
        return np.ones(1)
    return np.asarray(sum(term * np.cos(k * turns) for k, term in enumerate(terms)))
