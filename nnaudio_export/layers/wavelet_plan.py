"""The wavelets of the constant-Q family: its arguments, their checks and what follows from them."""

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnaudio_export.checks import number, whole_number
from nnaudio_export.kernels.wavelets import (
    constant_q_frequencies,
    kernel_width,
    relative_bandwidth,
    wavelet_lengths,
    wavelets,
)
from nnaudio_export.kernels.windows import Window, centred_window
from nnaudio_export.layers.layer import Layer, check_sample_rate

NORMALIZATIONS = ("librosa", "convolutional", "wrap")


class WaveletLayer(Layer):
    """Base of the layers that are made of wavelets on a logarithmic scale.

    Args:
        hop_length: samples from one frame to the next; any number.
        fmin: centre frequency of the lowest bin in Hz, above 0.
        fmax: Hz; the bins go up to (not including) it, and ``n_bins`` is ignored. None for
            ``n_bins``.
        n_bins: number of bins; the highest must be at most at ``sr / 2``.
        bins_per_octave: bins from a frequency to its double.
        filter_scale: factor on the lengths of the wavelets, above 0: larger ones resolve
            frequency better, and time worse.
        norm: p-norm of every wavelet, 1, 2, or any above 0; None (or 0) leaves the window as it is.
        window: a window that :func:`scipy.signal.get_window` knows, e.g. ``"hann"``.
        center: pad so that the centre of frame m is sample ``m * hop_length``; else the longest
            wavelet starts there.
        pad_mode: ``"reflect"`` or ``"constant"`` (zeros).
        normalization_type: ``"librosa"`` multiplies each bin by the root of its wavelet's length;
            ``"convolutional"`` by 1; ``"wrap"`` by 2, so that a sine of amplitude 1 gives 1.
    """


@dataclass(frozen=True)
class WaveletPlan:
    """The wavelets of a layer, from checked arguments.

    Attributes:
        sr: sampling rate in Hz.
        bins_per_octave: resolution.
        frequencies: centre frequencies in Hz, ``(bins,)``.
        lengths: of the wavelets in samples, fractional, ``(bins,)``.
        bandwidth: over centre frequency, of the highest bin.
        window: of the wavelets.
        norm: the p-norm of the wavelets that becomes 1; None for none.
        width: samples of the longest wavelet, even; time 0 is its sample ``width // 2``.
    """

    sr: float
    bins_per_octave: int
    frequencies: NDArray[np.float64]
    lengths: NDArray[np.float64]
    bandwidth: float
    window: Window
    norm: float | None
    width: int


def plan_wavelets(arguments: Mapping[str, object]) -> WaveletPlan:
    """Checks the arguments of a constant-Q transform and works out its wavelets.

    Args:
        arguments: of a :class:`WaveletLayer`, by name. Where nnAudio calls the wavelets' norm
            ``basis_norm``, it is read there; without a ``gamma`` the transform is constant-Q.

    Raises:
        ValueError: an argument is out of its range, or the highest bin is above ``sr / 2``.
    """
    sr, fmin, fmax = (arguments[name] for name in ("sr", "fmin", "fmax"))
    n_bins, gamma = arguments["n_bins"], arguments.get("gamma", 0)
    norm_name = "basis_norm" if "basis_norm" in arguments else "norm"
    window: Window = arguments["window"]  # type: ignore[assignment]  # checked by SciPy, below
    rate = check_sample_rate(sr)
    resolution = whole_number("bins_per_octave", arguments["bins_per_octave"])
    scale = number("filter_scale", arguments["filter_scale"], above=0)
    lowest = number("fmin", fmin, above=0)
    offset = None if gamma is None else number("gamma", gamma, minimum=0)
    if lowest > rate / 2:
        raise ValueError(f"fmin={fmin!r}: must be at most {rate / 2:g} Hz, half of sr={sr!r}")
    bins = _bin_count(n_bins, lowest, fmax, resolution)
    # The small amount is for an fmin that is itself computed as sr / 2 ** (k / n).
    most = 1 + math.floor(resolution * math.log2(rate / 2 / lowest) + 1e-9)
    if bins > most:
        what = (
            f"n_bins={n_bins!r}" if fmax is None else f"fmax={fmax!r}, which asks for {bins} bins"
        )
        top = lowest * 2 ** ((bins - 1) / resolution)
        raise ValueError(
            f"{what}: the highest bin, {top:.0f} Hz, is above half of sr={sr!r}; with fmin={fmin!r}"
            f" and bins_per_octave={resolution}, n_bins must be at most {most}"
        )
    frequencies = constant_q_frequencies(fmin=lowest, n_bins=bins, bins_per_octave=resolution)
    lengths = wavelet_lengths(
        frequencies=frequencies,
        sr=rate,
        bins_per_octave=resolution,
        filter_scale=scale,
        gamma=offset,
    )
    centred_window(window=window, win_length=8, n_fft=8)  # refuses what SciPy does not know
    # The main lobe of a Hann window of L samples ends 2 / L from its centre.
    past = int((frequencies + 2 * rate / lengths > rate / 2 * (1 + 1e-9)).sum())
    if past:
        warnings.warn(
            f"the {past} highest bins of n_bins={bins} reach past {rate / 2:g} Hz, half of "
            f"sr={sr!r}, and hear it mirrored; n_bins={bins - past} would not",
            stacklevel=4,
        )
    return WaveletPlan(
        sr=rate,
        bins_per_octave=resolution,
        frequencies=frequencies,
        lengths=lengths,
        bandwidth=relative_bandwidth(bins_per_octave=resolution) / scale,
        window=window,
        norm=_norm(norm_name, arguments[norm_name]),
        width=kernel_width(lengths),
    )


def wavelet_kernels(plan: WaveletPlan) -> NDArray[np.complex128]:
    """What audio is correlated with: the conjugates of the wavelets, ``(bins, width)``."""
    return np.conj(
        wavelets(
            frequencies=plan.frequencies,
            lengths=plan.lengths,
            sr=plan.sr,
            window=plan.window,
            norm=plan.norm,
        )
    )


def _bin_count(n_bins: object | None, fmin: float, fmax: object | None, resolution: int) -> int:
    if fmax is None:
        return whole_number("n_bins", n_bins)
    highest = number("fmax", fmax, above=0)
    if highest <= fmin:
        raise ValueError(f"fmax={fmax!r}: must be above fmin={fmin!r}")
    # The small amount takes back the rounding of an fmax that is itself fmin * 2 ** (k / n).
    return math.ceil(resolution * math.log2(highest / fmin) - 1e-9)


def _norm(name: str, norm: object) -> float | None:
    if norm is None or norm == 0:
        return None
    if norm == math.inf:
        return math.inf
    return number(name, float(norm) if isinstance(norm, bool) else norm, above=0)
