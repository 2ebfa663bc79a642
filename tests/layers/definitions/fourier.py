"""Short-time Fourier transform and its inverse, in float64."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]
Spectrum = NDArray[np.complex128]
Window = str | tuple[str, float]


def window_values(window: Window, length: int) -> Real:
    """A periodic window: one period of the symmetric window of ``length + 1`` samples."""
    if length == 1:
        return np.ones(1)
    n = np.arange(length)
    if window == "hann":
        return 0.5 - 0.5 * np.cos(2 * np.pi * n / length)
    if window == "hamming":
        return 0.54 - 0.46 * np.cos(2 * np.pi * n / length)
    if window == "boxcar":
        return np.ones(length)
    if isinstance(window, tuple) and window[0] == "kaiser":
        beta = window[1]
        return np.asarray(np.i0(beta * np.sqrt(1 - (2 * n / length - 1) ** 2)) / np.i0(beta))
    raise NotImplementedError(window)


def centred_window(window: Window, win_length: int, n_fft: int) -> Real:
    """The window in the middle of a frame of zeros; an odd remainder goes behind it."""
    frame = np.zeros(n_fft)
    start = (n_fft - win_length) // 2
    frame[start : start + win_length] = window_values(window, win_length)
    return frame


def frames_of(audio: Real, n_fft: int, hop: int, center: bool, pad_mode: str) -> Real:
    """``(frames, n_fft)``: every full frame, after padding half a frame on both sides."""
    if center and pad_mode == "reflect":
        audio = np.pad(audio, n_fft // 2, mode="reflect")
    elif center:
        audio = np.pad(audio, n_fft // 2)
    count = 1 + (len(audio) - n_fft) // hop
    return np.stack([audio[m * hop : m * hop + n_fft] for m in range(count)])


def stft(
    audio: Real,
    *,
    n_fft: int,
    hop: int,
    win_length: int | None = None,
    window: Window = "hann",
    center: bool = True,
    pad_mode: str = "reflect",
    frequencies: Real | None = None,
    sr: float = 22050,
) -> Spectrum:
    """``X[k, m] = sum_n x[m hop + n] w[n] exp(-2j pi f_k n / sr)``, ``(bins, frames)``.

    ``frequencies`` in Hz; None for the uniform ones of the DFT up to Nyquist.
    """
    taper = centred_window(window, win_length or n_fft, n_fft)
    frames = frames_of(audio, n_fft, hop, center, pad_mode) * taper
    if frequencies is None:
        return np.asarray(np.fft.rfft(frames, axis=1).T)
    n = np.arange(n_fft)
    exponentials = np.exp(-2j * np.pi * np.outer(frequencies, n) / sr)
    return np.asarray(exponentials @ frames.T)


def spaced_frequencies(scale: str, bins: int, fmin: float, fmax: float) -> Real:
    """``bins`` frequencies in Hz from fmin, fmax excluded, as nnAudio documents them."""
    if scale == "linear":
        return np.asarray([fmin + (fmax - fmin) * k / bins for k in range(bins)])
    if scale == "log":
        span = math.log(fmax) - math.log(fmin)
        return np.asarray([math.exp(math.log(fmin) + span * k / bins) for k in range(bins)])
    octaves = math.log2(fmax / fmin)
    return np.asarray([fmin * 2 ** (octaves * k / bins) for k in range(bins)])


def as_pairs(spectrum: Spectrum) -> Real:
    """Real and imaginary part on a last axis."""
    return np.stack([spectrum.real, spectrum.imag], axis=-1)


def phase(spectrum: Spectrum) -> Real:
    return np.asarray(np.angle(spectrum))


def cos_sin(spectrum: Spectrum) -> Real:
    """Cosine and sine of the phase on a last axis; the phase of 0 is 0."""
    return as_pairs(np.exp(1j * np.angle(spectrum)))


def overlap_add(
    pairs: Real,
    *,
    n_fft: int,
    hop: int,
    win_length: int | None = None,
    window: Window = "hann",
    center: bool = True,
    full: bool = False,
    length: int | None = None,
) -> tuple[Real, Real]:
    """Least-squares inverse (Griffin & Lim 1984, eq. 6): ``sum w x_m / sum w^2``.

    ``pairs`` is ``(bins, frames, 2)``; bins that a one-sided spectrum lacks are zero.

    Returns:
        The audio and the sum of squared windows at each of its samples.
    """
    spectrum = pairs[..., 0] + 1j * pairs[..., 1]
    if full:
        frames = np.fft.ifft(spectrum, axis=0).real.T
    else:
        frames = np.fft.irfft(spectrum, n_fft, axis=0).T  # pads missing bins with zeros
    taper = centred_window(window, win_length or n_fft, n_fft)
    total = n_fft + (len(frames) - 1) * hop
    audio, weight = np.zeros(total), np.zeros(total)
    for m, frame in enumerate(frames):
        audio[m * hop : m * hop + n_fft] += taper * frame
        weight[m * hop : m * hop + n_fft] += taper**2
    audio /= np.where(weight > 1e-10, weight, 1.0)
    start = n_fft // 2 if center else 0
    if length is None:
        return audio[start : total - start], weight[start : total - start]
    both = np.stack([audio, weight])[:, start : start + length]
    padded = np.pad(both, ((0, 0), (0, length - both.shape[1])))
    return padded[0], padded[1]


def clear_phase(spectrum: Spectrum) -> NDArray[np.bool_]:
    """Where a phase is compared: the magnitude is above 1e-4 of its maximum."""
    magnitude = np.abs(spectrum)
    return np.asarray(magnitude > 1e-4 * max(magnitude.max(), 1e-12))
