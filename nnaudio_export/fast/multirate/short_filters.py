"""Long narrow-band filters as short ones at a lower sampling rate.

A filter without high frequencies is a sum of copies of a low-pass filter, D samples apart:
correlating with it is low-pass filtering, keeping every D-th sample, and correlating those with the
copies' weights. The weights are found by least squares, so that the low-pass filter need not be
flat where it passes: only what it lets alias matters.
"""

from __future__ import annotations

import itertools
import operator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from nnaudio_export.kernels.lowpass import decimation_filter

# Of the rate after decimation: frequencies below pass, above one less this are stopped.
_PASSED = 0.2
# Copies beyond both ends of a filter; more change nothing.
_GUARD = 8


@dataclass(frozen=True)
class ShortFilters:
    """Filters at a lower rate that stand for longer ones.

    Attributes:
        weights: complex128 ``(bins, taps)``.
        start: sample of the long filters at which the first copy of the low-pass filter starts; a
            multiple of ``factor``, may be negative.
        factor: samples from one copy to the next.
        residual: largest error of an output, relative to the filter's largest output, for noise,
            an impulse or a sine.
    """

    weights: NDArray[np.complex128]
    start: int
    factor: int
    residual: float

    def end(self, lowpass: int) -> int:
        """End of the last copy of a low-pass filter of so many taps."""
        return self.start + (self.weights.shape[1] - 1) * self.factor + lowpass


@dataclass(frozen=True)
class Decimators:
    """Decimators one after the other.

    Attributes:
        factors: of which one sample is kept, by each.
        attenuation: in dB, of what would fold onto the band that is used.
    """

    factors: tuple[int, ...]
    attenuation: float

    def lowpass(self, factor: int) -> NDArray[np.float64]:
        """The filter of the one that keeps every ``factor``-th sample, ``(taps,)``, odd."""
        return _lowpass(factor, self.attenuation)

    @property
    def rates(self) -> list[int]:
        """Samples of the full rate from one to the next: at first, behind one, behind two."""
        return list(itertools.accumulate(self.factors, initial=1, func=operator.mul))

    def until(self, rate: int) -> Decimators:
        """Those that lead to a rate."""
        return replace(self, factors=self.factors[: self.rates.index(rate)])

    def as_one(self) -> NDArray[np.float64]:
        """What all of them come to at the full rate: one low-pass filter.

        Example:
            >>> len(Decimators((2, 2), 110).as_one())
            91
        """
        whole = np.ones(1)
        for factor, step in zip(self.factors, self.rates, strict=False):
            taps = self.lowpass(factor)
            spread = np.zeros((len(taps) - 1) * step + 1)
            spread[::step] = taps
            whole = np.convolve(whole, spread)
        return whole


@cache
def _lowpass(factor: int, attenuation: float) -> NDArray[np.float64]:
    return decimation_filter(factor=factor, pass_edge=_PASSED / factor, attenuation=attenuation)


def shorten(
    filters: NDArray[np.complex128], lowpass: NDArray[np.float64], factor: int
) -> ShortFilters:
    """The weights of copies of ``lowpass`` that add up to ``filters``, as nearly as they can.

    Args:
        filters: complex ``(bins, length)``.
        lowpass: float64 ``(taps,)``, of decimators as one; ``(1,)`` with a factor of 1 crops.
        factor: samples from one copy to the next.
    """
    first, end = support(filters)
    if factor == 1:
        return ShortFilters(filters[:, first:end], first, 1, 0.0)
    from scipy.linalg import solveh_banded
    from scipy.signal import fftconvolve

    taps = len(lowpass)
    start = (first - taps // 2) // factor * factor - _GUARD * factor
    copies = (end - taps // 2 - start) // factor + 1 + _GUARD
    # The filters, on the range of all copies.
    length = (copies - 1) * factor + taps
    target = np.zeros((len(filters), length), np.complex128)
    target[:, first - start : end - start] = filters[:, first:end]
    # Normal equations: a banded Toeplitz matrix, the autocorrelation of the low-pass filter.
    lags = np.correlate(lowpass, lowpass, "full")[taps - 1 :: factor][:copies]
    bands = np.zeros((len(lags), copies))
    for lag, value in enumerate(lags):
        bands[lag, : copies - lag] = value
    matched = fftconvolve(target, lowpass[None, ::-1], axes=1)[:, taps - 1 :: factor][:, :copies]
    both = np.concatenate([matched.real, matched.imag]).T
    real, imaginary = np.split(solveh_banded(bands, both, lower=True).T, 2)
    weights = real + 1j * imaginary
    spread = np.zeros((len(filters), length - taps + 1), np.complex128)
    spread[:, ::factor] = weights
    misfit = fftconvolve(spread, lowpass[None], axes=1) - target
    return ShortFilters(weights, start, factor, _relative(misfit, target))


def _relative(misfit: NDArray[np.complex128], filters: NDArray[np.complex128]) -> float:
    """The largest error that a filter's misfit makes: of noise, of an impulse, of a sine."""
    noise = _ratio(np.linalg.norm(misfit, axis=1), np.linalg.norm(filters, axis=1))
    impulse = _ratio(np.abs(misfit).max(axis=1), np.abs(filters).max(axis=1))
    spectra = np.abs(np.fft.fft([misfit, filters], axis=2)).max(axis=2)
    return max(noise, impulse, _ratio(*spectra))


def _ratio(errors: NDArray[np.float64], sizes: NDArray[np.float64]) -> float:
    return float((errors / np.maximum(sizes, 1e-300)).max())


def support(filters: NDArray[np.complex128]) -> tuple[int, int]:
    """First sample and end of what is not zero in any filter.

    Example:
        >>> support(np.array([[0, 1, 2, 0]]))
        (1, 3)
    """
    used = np.flatnonzero((filters != 0).any(axis=0))
    return (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 1)


def octave_of(filters: NDArray[np.complex128]) -> NDArray[np.int64]:
    """How many octaves below half the sampling rate each filter's loudest frequency lies.

    Example:
        >>> octave_of(np.exp(2j * np.pi * np.outer([0.3, 0.1], np.arange(64))))
        array([0, 2])
    """
    spectrum = np.abs(np.fft.fft(filters, 2 * filters.shape[1], axis=1))
    bins = spectrum.argmax(axis=1)
    size = spectrum.shape[1]
    loudest = np.maximum(np.minimum(bins, size - bins), 1) / size
    return np.floor(-np.log2(2 * np.minimum(loudest, 0.5))).astype(np.int64)
