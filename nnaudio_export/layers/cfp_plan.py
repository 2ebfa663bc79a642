"""The sizes of a CFP, from checked arguments."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnaudio_export.checks import number, whole_number
from nnaudio_export.kernels.wavelets import constant_q_frequencies


@dataclass(frozen=True)
class CFPPlan:
    """What a CFP is built from.

    Attributes:
        sr: sampling rate in Hz.
        resolution: Hz from bin to bin, as asked for.
        hop_length: samples from frame to frame.
        window_size: samples of the window.
        size: of the DFT.
        exponents: of the compression.
        centres: centre frequencies in Hz, ``(n_bins + 1,)``.
        lowest_bin: of an enhanced spectrum, bins below this count as silent.
        lowest_period: the same of a cepstrum, in samples.
        bins: of the spectrum that the filters read.
        periods: of the cepstrum that the filters read.
    """

    sr: float
    resolution: float
    hop_length: int
    window_size: int
    size: int
    exponents: tuple[float, ...]
    centres: NDArray[np.float64]
    lowest_bin: int
    lowest_period: int
    bins: int
    periods: int


def plan_cfp(
    fr: object,
    fs: object,
    hop_length: object,
    window_size: object,
    fc: object,
    tc: object,
    g: Sequence[float],
    NumPerOct: object,  # noqa: N803 - nnAudio's name
) -> CFPPlan:
    """Checks the arguments and works out the sizes.

    Raises:
        ValueError: an argument is out of its range.
    """
    resolution = number("fr", fr, above=0)
    sr = number("fs", fs, above=0)
    hop = whole_number("hop_length", hop_length)
    low, period = number("fc", fc, above=0), number("tc", tc, above=0)
    size = int(sr / resolution)
    window = whole_number("window_size", window_size, maximum=size)
    per_octave = whole_number("NumPerOct", NumPerOct)
    high = 1 / period
    bins, periods = round(high / resolution) + 1, round(sr / low) + 1
    if bins > size // 2:
        raise ValueError(
            f"tc={tc!r}: 1 / tc = {high:g} Hz is too near to half of fs={fs!r}; "
            f"tc must be at least {1 / ((size // 2 - 1) * resolution):.3g}"
        )
    if periods > size // 2:
        raise ValueError(
            f"fc={fc!r}: its period of {sr / low:.0f} samples does not fit into half of "
            f"int(fs / fr) = {size}; with fr={fr!r}, fc must be at least "
            f"{sr / (size // 2 - 1):.4g}"
        )
    count = math.ceil(per_octave * math.log2(high / low)) + 1 if high > low else 0
    centres = constant_q_frequencies(fmin=low, n_bins=count, bins_per_octave=per_octave)
    centres = centres[centres < high]
    if len(centres) < 3:
        raise ValueError(
            f"fc={fc!r}: must be lower, so that at least three bins of NumPerOct={per_octave} lie "
            f"from fc to 1 / tc = {high:g} Hz"
        )
    return CFPPlan(
        sr=sr,
        resolution=resolution,
        hop_length=hop,
        window_size=window,
        size=size,
        exponents=_exponents(g),
        centres=centres,
        lowest_bin=round(low / resolution),
        lowest_period=round(sr * period),
        bins=bins,
        periods=periods,
    )


def _exponents(g: Sequence[float]) -> tuple[float, ...]:
    if not isinstance(g, Sequence) or isinstance(g, str) or len(g) < 2:
        raise ValueError(f"g={g!r}: must be a list of two or more exponents, e.g. [0.24, 0.6, 1]")
    first, *others = g
    return (
        number("g[0]", first, above=0),
        *(number(f"g[{i}]", value, minimum=0) for i, value in enumerate(others, start=1)),
    )
