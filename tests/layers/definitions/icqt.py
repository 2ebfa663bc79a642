"""The inverse constant-Q transform, in float64, with the transform written out as a matrix."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from layers.definitions.cqt import bin_frequencies, filter_length, wavelet
from layers.definitions.fourier import Real, Window
from numpy.typing import NDArray


@cache
def _matrix(
    samples: int,
    frames: int,
    sr: float,
    hop: int,
    fmin: float,
    n_bins: int,
    per_octave: int,
    scale: float,
    window: Window,
    padding: str,
) -> NDArray[np.complex128]:
    """``(bins * frames, samples)``, of wavelets whose values add up to 1 in size."""
    frequencies = bin_frequencies(fmin, n_bins, per_octave)
    lengths = [filter_length(hz, sr, per_octave, scale) for hz in frequencies]
    half = max(math.ceil(length / 2) for length in lengths)
    matrix = np.zeros((n_bins, frames, samples), np.complex128)
    for k, (hz, length) in enumerate(zip(frequencies, lengths, strict=True)):
        first, values = wavelet(hz, length, sr, window, 1)
        for m in range(frames):
            for t, value in enumerate(values, m * hop + first + (half if padding == "none" else 0)):
                if padding == "reflect":
                    at = abs(t) if t < samples else 2 * (samples - 1) - t
                    matrix[k, m, at] += value.conj()
                elif 0 <= t < samples:
                    matrix[k, m, t] += value.conj()
    return matrix.reshape(n_bins * frames, samples)


def icqt(
    pairs: Real,
    *,
    sr: float,
    hop_length: int,
    fmin: float,
    n_bins: int,
    n_iter: int,
    bins_per_octave: int = 12,
    filter_scale: float = 1,
    norm: float | None = 1,
    window: Window = "hann",
    center: bool = True,
    pad_mode: str = "reflect",
    normalization_type: str = "librosa",
    length: int | None = None,
) -> Real:
    """Conjugate gradients from 0 on the normal equations of ``A x = c``."""
    frames = pairs.shape[1]
    lengths = [
        filter_length(hz, sr, bins_per_octave, filter_scale)
        for hz in bin_frequencies(fmin, n_bins, bins_per_octave)
    ]
    samples = (frames - 1) * hop_length
    if not center:
        samples += 2 * max(math.ceil(x / 2) for x in lengths)
    elif length is not None:
        samples += length % hop_length
    matrix = _matrix(
        samples,
        frames,
        sr,
        hop_length,
        fmin,
        n_bins,
        bins_per_octave,
        filter_scale,
        window,
        pad_mode if center else "none",
    )
    known = pairs[..., 0] + 1j * pairs[..., 1]
    for k, (hz, size) in enumerate(
        zip(bin_frequencies(fmin, n_bins, bins_per_octave), lengths, strict=True)
    ):
        gain = {"librosa": math.sqrt(size), "convolutional": 1.0, "wrap": 2.0}[normalization_type]
        known[k] /= gain * np.abs(wavelet(hz, size, sr, window, norm)[1]).sum()
    audio = np.zeros(samples)
    residual = (matrix.conj().T @ known.reshape(-1)).real
    direction = residual.copy()
    for _ in range(n_iter):
        image = (matrix.conj().T @ (matrix @ direction)).real
        energy = float(residual @ residual)
        step = energy / (float(direction @ image) or 1.0)
        audio += step * direction
        residual = residual - step * image
        direction = residual + (residual @ residual) / (energy or 1.0) * direction
    if length is None:
        return audio
    return np.pad(audio[:length], (0, max(0, length - samples)))
