"""Triangular filters on the mel scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Slaney's scale: linear below 1 kHz (3 mel per 200 Hz), logarithmic above (27 mel per factor 6.4).
_MEL_PER_HZ = 3 / 200
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ * _MEL_PER_HZ
_LOG_STEP = np.log(6.4) / 27


def hz_to_mel(frequency: ArrayLike, *, htk: bool = False) -> NDArray[np.float64]:
    """Mel of a frequency in Hz.

    Reference:
        htk: S. Young et al., *The HTK Book*, 5.4. Otherwise M. Slaney, *Auditory Toolbox*,
        Technical Report 1998-010, Interval Research.

    Example:
        >>> hz_to_mel([200.0, 1000.0])
        array([ 3., 15.])
    """
    hz = np.asarray(frequency, dtype=np.float64)
    if htk:
        return 2595.0 * np.log10(1.0 + hz / 700.0)
    above = _BREAK_MEL + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(hz < _BREAK_HZ, hz * _MEL_PER_HZ, above)


def mel_to_hz(mel: ArrayLike, *, htk: bool = False) -> NDArray[np.float64]:
    """Frequency in Hz of a mel value: the inverse of :func:`hz_to_mel`.

    Example:
        >>> mel_to_hz([3.0, 15.0])
        array([ 200., 1000.])
    """
    mel = np.asarray(mel, dtype=np.float64)
    if htk:
        return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    above = _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, _BREAK_MEL) - _BREAK_MEL))
    return np.where(mel < _BREAK_MEL, mel / _MEL_PER_HZ, above)


def mel_filters(
    *, sr: float, n_fft: int, n_mels: int, fmin: float, fmax: float, htk: bool, slaney_norm: bool
) -> NDArray[np.float64]:
    """Triangles between neighbouring mel-spaced edges, sampled at the Fourier bins.

    Args:
        sr: sampling rate in Hz.
        n_fft: frame length in samples.
        n_mels: number of filters.
        fmin: lower edge of the first filter, Hz.
        fmax: upper edge of the last filter, Hz.
        htk: the HTK scale instead of Slaney's.
        slaney_norm: unit area per filter (2 / width in Hz) instead of unit peak.

    Returns:
        float64 ``(n_mels, n_fft // 2 + 1)``. A filter narrower than the bins is empty (all zero).

    Example:
        >>> filters = mel_filters(sr=8000, n_fft=64, n_mels=4, fmin=0, fmax=4000, htk=False,
        ...                       slaney_norm=False)
        >>> filters.shape
        (4, 33)
        >>> bool(abs(filters[:, 12].sum() - 1) < 1e-12)  # neighbouring triangles add up to one
        True
    """
    bin_hz = np.arange(n_fft // 2 + 1) * (sr / n_fft)
    low, high = hz_to_mel([fmin, fmax], htk=htk)
    edges = mel_to_hz(np.linspace(low, high, n_mels + 2), htk=htk)
    rising = (bin_hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bin_hz) / (edges[2:] - edges[1:-1])[:, None]
    filters = np.maximum(0.0, np.minimum(rising, falling))
    if slaney_norm:
        filters *= 2.0 / (edges[2:] - edges[:-2])[:, None]
    return filters
