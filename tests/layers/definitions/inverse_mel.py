"""Non-negative magnitudes behind a mel spectrogram, in float64."""

from __future__ import annotations

import numpy as np
from layers.definitions.fourier import Real
from layers.definitions.mel import mel_filters


def inverse_mel(
    mel: Real,
    *,
    sr: float,
    n_fft: int,
    n_mels: int,
    n_iter: int,
    power: float = 2.0,
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
    area: bool = True,
) -> Real:
    """Richardson's ``x <- y A^T(m / A y) / A^T 1``, ``y = x (x / x_before)^momentum``; its root.

    The start: a tenth of the filters' mean powers, and the positive part of the least-norm fit.
    """
    filters = mel_filters(
        sr=sr, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax or sr / 2, htk=htk, area=area
    )
    heard = filters.sum(axis=0) > 0
    values = np.zeros((filters.shape[1], mel.shape[1]))
    for k in np.flatnonzero(heard):
        weights = filters[:, k] / filters[:, k].sum()
        used = weights > 0
        values[k] = weights[used] @ (mel[used] / filters[used].sum(axis=1, keepdims=True)) / 10
    fit, *_ = np.linalg.lstsq(filters, mel, rcond=None)
    values[heard] += np.maximum(fit, 0)[heard]
    before = values
    for index in range(n_iter):
        momentum = min(index / (index + 3), 0.9)
        step = np.divide(values, before, out=np.zeros_like(values), where=before > 0)
        led_on = values * np.clip(step, 0.01, 100) ** momentum
        seen = filters @ led_on
        ratio = np.divide(mel, seen, out=np.zeros_like(mel), where=seen > 0)
        before, values = values, np.zeros_like(values)
        values[heard] = (led_on * (filters.T @ ratio))[heard] / filters.sum(axis=0)[heard, None]
    return np.asarray(values ** (1 / power))
