"""Wavelets of the constant-Q transform: windowed complex exponentials, longer for lower bins."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from nnaudio_export.kernels.windows import Window, centred_window

# Of B. Glasberg and B. Moore, Hearing Research 47, 1990: the equivalent rectangular bandwidth of
# the ear is 24.7 + 0.108 f Hz.
_ERB_OFFSET, _ERB_SLOPE = 24.7, 0.108


def constant_q_frequencies(
    *, fmin: float, n_bins: int, bins_per_octave: int
) -> NDArray[np.float64]:
    """Centre frequencies ``fmin * 2 ** (k / bins_per_octave)`` in Hz, ``(n_bins,)``.

    Example:
        >>> constant_q_frequencies(fmin=55, n_bins=3, bins_per_octave=1)
        array([ 55., 110., 220.])
    """
    return np.asarray(fmin * 2.0 ** (np.arange(n_bins) / bins_per_octave))


def relative_bandwidth(*, bins_per_octave: int) -> float:
    """Bandwidth over centre frequency, ``alpha``: a bin ends where its second next begins.

    Reference:
        librosa 0.11, ``filters.wavelet_lengths``: ``(1 + alpha) f[k - 1] = (1 - alpha) f[k + 1]``.

    Example:
        >>> round(relative_bandwidth(bins_per_octave=12), 4)
        0.0577
    """
    step = 2.0 ** (2.0 / bins_per_octave)
    return (step - 1.0) / (step + 1.0)


def wavelet_lengths(
    *,
    frequencies: NDArray[np.float64],
    sr: float,
    bins_per_octave: int,
    filter_scale: float = 1.0,
    gamma: float | None = 0.0,
) -> NDArray[np.float64]:
    """Lengths of the wavelets in samples, not rounded.

    Args:
        frequencies: centre frequencies in Hz, ``(bins,)``.
        sr: sampling rate in Hz.
        bins_per_octave: resolution.
        filter_scale: factor on all lengths.
        gamma: Hz added to the bandwidth of every bin, which shortens the low ones; None for
            bandwidths proportional to those of the ear (ERB).

    Returns:
        float64 ``(bins,)``.

    Reference:
        librosa 0.11, ``filters.wavelet_lengths``; C. Schörkhuber et al., "A Matlab toolbox for
        efficient perfect reconstruction time-frequency transforms with log-frequency resolution",
        AES 53rd conference, 2014.

    Example:
        >>> low_a = np.array([55.0])
        >>> wavelet_lengths(frequencies=low_a, sr=22050, bins_per_octave=12).round(1)
        array([6948.4])
        >>> wavelet_lengths(frequencies=low_a, sr=22050, bins_per_octave=12, gamma=20).round(1)
        array([951.5])
    """
    alpha = relative_bandwidth(bins_per_octave=bins_per_octave)
    offset = _ERB_OFFSET / _ERB_SLOPE if gamma is None else gamma / alpha
    return np.asarray(filter_scale / alpha * sr / (frequencies + offset))


def tap_range(length: float) -> tuple[int, int]:
    """First tap and end of a wavelet of fractional length, in samples from its time 0.

    As librosa has it: a length between two even numbers gives the odd number of taps between
    them, one more before time 0 than after it.

    Example:
        >>> tap_range(8.0), tap_range(8.5), tap_range(9.9)
        ((-4, 4), (-5, 4), (-5, 4))
    """
    return math.floor(-length / 2), math.floor(length / 2)


def kernel_width(lengths: NDArray[np.float64]) -> int:
    """Smallest even number of samples that holds every wavelet with time 0 in the middle.

    Example:
        >>> kernel_width(np.array([6.0, 8.5]))
        10
    """
    return 2 * max(-tap_range(float(length))[0] for length in lengths)


def wavelets(
    *,
    frequencies: NDArray[np.float64],
    lengths: NDArray[np.float64],
    sr: float,
    window: Window = "hann",
    norm: float | None = 1.0,
) -> NDArray[np.complex128]:
    """Windowed complex exponentials ``exp(2j pi f t / sr)`` at whole times t.

    Args:
        frequencies: centre frequencies in Hz, ``(bins,)``.
        lengths: samples, from :func:`wavelet_lengths`.
        sr: sampling rate in Hz.
        window: a window that :func:`scipy.signal.get_window` knows.
        norm: the p-norm that every wavelet is divided by: 1, 2, infinity, ...; None: by nothing.

    Returns:
        complex128 ``(bins, width)``, ``width`` of :func:`kernel_width`; time 0 is in column
        ``width // 2``.

    Raises:
        ValueError: SciPy does not know the window.

    Reference:
        librosa 0.11, ``filters.wavelet``.

    Example:
        >>> f, n = np.array([1000.0, 2000.0]), np.array([16.0, 8.0])
        >>> bank = wavelets(frequencies=f, lengths=n, sr=8000)
        >>> bank.shape, bool(np.allclose(abs(bank).sum(axis=1), 1))
        ((2, 16), True)
    """
    width = kernel_width(lengths)
    bank = np.zeros((len(frequencies), width), dtype=np.complex128)
    for row, frequency, length in zip(bank, frequencies, lengths, strict=True):
        first, end = tap_range(float(length))
        taps = end - first
        taper = centred_window(window=window, win_length=taps, n_fft=taps)
        wave = taper * np.exp(2j * np.pi * frequency / sr * np.arange(first, end))
        row[width // 2 + first : width // 2 + end] = wave / p_norm(wave, norm)
    return bank


def p_norm(values: NDArray[np.inexact], norm: float | None) -> float:
    """The p-norm of ``values``; 1 for None, and where there is nothing to divide.

    Example:
        >>> p_norm(np.array([3.0, 4.0j]), 2), p_norm(np.array([3.0, 4.0j]), np.inf)
        (5.0, 4.0)
    """
    if norm is None:
        return 1.0
    return float(np.linalg.norm(values, norm)) or 1.0


def decimated_wavelets(
    *,
    frequencies: NDArray[np.float64],
    lengths: NDArray[np.float64],
    sr: float,
    step: int,
    window: Window = "hann",
    norm: float | None = 1.0,
) -> NDArray[np.complex128]:
    """The wavelets of :func:`wavelets` at every ``step``-th time, times ``step``.

    They correlate with audio of which every ``step``-th sample is left as the full ones do with
    all of it. A window that begins and ends between these times is evaluated exactly there.

    Args:
        frequencies: centre frequencies in Hz, ``(bins,)``.
        lengths: samples at the full rate, from :func:`wavelet_lengths`.
        sr: the full sampling rate in Hz.
        step: samples of the full rate from tap to tap.
        window: a window that :func:`scipy.signal.get_window` knows, of the same shape at all
            lengths.
        norm: the p-norm that every wavelet is divided by at the full rate; None: by nothing.

    Returns:
        complex128 ``(bins, width)``; time 0 is in column ``width // 2``.

    Raises:
        ValueError: SciPy does not know the window, or its shape depends on its length.

    Example:
        >>> args = {"frequencies": np.array([100.0]), "lengths": np.array([141.3]), "sr": 8000}
        >>> full, third = wavelets(**args)[0], decimated_wavelets(step=3, **args)[0]
        >>> len(full), len(third)
        (142, 48)
        >>> bool(np.allclose(third[1:], 3 * full[71 % 3 :: 3], atol=1e-9))
        True
    """
    ranges = [tap_range(float(length)) for length in lengths]
    half = max(-(first // step) for first, _ in ranges)
    time = step * np.arange(-half, half)
    bank = np.zeros((len(frequencies), 2 * half), dtype=np.complex128)
    for row, frequency, (first, end) in zip(bank, frequencies, ranges, strict=True):
        taps = end - first
        scale = step / p_norm(centred_window(window=window, win_length=taps, n_fft=taps), norm)
        taper = scale * window_at(window, (time - first) / taps - 0.5)
        row[:] = taper * np.exp(2j * np.pi * frequency / sr * time)
    return bank


def window_at(window: Window, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values of a window that reaches from -0.5 to 0.5; 0 elsewhere.

    Example:
        >>> window_at("hann", np.array([-0.5, -0.25, 0.0, 0.7])).round(6)
        array([0. , 0.5, 1. , 0. ])
        >>> window_at(("gaussian", 7), np.zeros(1))
        Traceback (most recent call last):
            ...
        ValueError: window=('gaussian', 7): its shape depends on its length in samples, but octaves\
 share one shape; 'hann' or ('kaiser', 14.0) would be right
    """
    # Linear between 2^15 points: 5e-9 for a Hann window, a tenth of float32's rounding.
    size = 2**15
    table = centred_window(window=window, win_length=size, n_fft=size)
    coarse = centred_window(window=window, win_length=size // 2, n_fft=size // 2)
    if abs(table[::2] - coarse).max() > 1e-3 * abs(table).max():
        raise ValueError(
            f"window={window!r}: its shape depends on its length in samples, but octaves share "
            "one shape; 'hann' or ('kaiser', 14.0) would be right"
        )
    return np.asarray(
        np.interp(
            places, np.arange(size + 1) / size - 0.5, np.append(table, table[0]), left=0, right=0
        )
    )
