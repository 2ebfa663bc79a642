"""Finds for each filter of a bank the lowest rate at which it is still the same."""

import math
from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from nnaudio_export.fast.multirate.multirate_adjoint import MultirateAdjoint, MultiratePair
from nnaudio_export.fast.multirate.multirate_bank import MultirateBank
from nnaudio_export.fast.multirate.short_filters import ShortFilters, cascade, octave_of, shorten
from nnaudio_export.fast.multirate.strided_correlation import cost_of_convolution
from nnaudio_export.weights import complex_rows

Group = tuple[ShortFilters, NDArray[np.int64]]


def cheapest_bank(kernel: Tensor, hop_length: int, tolerance: float) -> MultirateBank | None:
    """The fast equal of a bank; None where it gains less than a quarter.

    Filters are grouped by octaves, cropped to where they are not zero, and moved to lower rates as
    far as their own shape allows: trained ones too.

    Args:
        kernel: of the dense bank, ``(2 * bins, 1, length)``.
        hop_length: samples from one frame to the next.
        tolerance: largest error of any output, of the largest output.
    """
    fast = _cheapest(MultirateBank, kernel, hop_length, tolerance)
    rows, _, taps = kernel.shape
    dense = cost_of_convolution(rows=rows, taps=taps, stride=hop_length)
    return fast if fast.cost < 0.75 * dense else None


def cheapest_pair(kernel: Tensor, hop_length: int, tolerance: float) -> MultiratePair | None:
    """The fast equal of a bank that is used both ways; None as for :func:`cheapest_bank`."""
    fast = cheapest_bank(kernel, hop_length, tolerance)
    if fast is None:
        return None
    return MultiratePair(fast, _cheapest(MultirateAdjoint, kernel, hop_length, tolerance))


_Form = TypeVar("_Form", MultirateBank, MultirateAdjoint)


def _cheapest(form: type[_Form], kernel: Tensor, hop_length: int, tolerance: float) -> _Form:
    filters = complex_rows(kernel)
    candidates = (
        form(
            _groups(filters, factors, tolerance),
            factors=factors,
            length=filters.shape[1],
            hop_length=hop_length,
        )
        for factors in _cascades(filters, hop_length)
    )
    return min(candidates, key=lambda each: each.cost).to(kernel)


def _cascades(filters: NDArray[np.complex128], hop_length: int) -> Iterator[tuple[int, ...]]:
    """Decimators to try: by 2 again and again, or by 4; every frame must start on a sample."""
    deepest = int(octave_of(filters).max())
    for factor in (2, 4):
        for count in range(deepest + 1):
            if hop_length % factor**count == 0 and (count or factor == 2):
                yield (factor,) * count


def _groups(
    filters: NDArray[np.complex128], factors: tuple[int, ...], tolerance: float
) -> list[Group]:
    """Octave by octave, the lowest rate whose filters are the same to within the tolerance."""
    octaves = octave_of(filters)
    groups: list[Group] = []
    for octave in np.unique(octaves):
        bins = np.flatnonzero(octaves == octave)
        groups.append((_lowest(filters[bins], factors, tolerance), bins))
    return groups


def _lowest(
    filters: NDArray[np.complex128], factors: tuple[int, ...], tolerance: float
) -> ShortFilters:
    found = shorten(filters, np.ones(1), 1)
    for count in range(1, len(factors) + 1):
        used = factors[:count]
        short = shorten(filters, cascade(used), math.prod(used))
        # The other half is for float32.
        if short.residual > tolerance / 2:
            break
        if short.weights.size < found.weights.size:
            found = short
    return found
