"""Finds for each filter of a bank the lowest rate at which it is still the same."""

import math
from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nnaudio_export.blocks.filter_bank import FilterBank, complex_rows
from nnaudio_export.blocks.multirate_adjoint import MultirateAdjoint, MultiratePair
from nnaudio_export.blocks.multirate_bank import MultirateBank
from nnaudio_export.blocks.strided import cost_of_convolution
from nnaudio_export.kernels.multirate import ShortFilters, cascade, octave_of, shorten

Group = tuple[ShortFilters, NDArray[np.int64]]


def multirate(bank: FilterBank, tolerance: float) -> MultirateBank | None:
    """The fast equal of a bank; None where it gains less than a quarter.

    Filters are grouped by octaves, cropped to where they are not zero, and moved to lower rates as
    far as their own shape allows: trained ones too.

    Args:
        bank: the dense bank.
        tolerance: largest error of any output, of the largest output.
    """
    fast = _cheapest(MultirateBank, bank, tolerance)
    rows, _, taps = bank.kernel.shape
    dense = cost_of_convolution(rows=rows, taps=taps, stride=bank.hop_length)
    return fast if fast.cost < 0.75 * dense else None


def multirate_pair(bank: FilterBank, tolerance: float) -> MultiratePair | None:
    """The fast equal of a bank that is used both ways; None as for :func:`multirate`."""
    fast = multirate(bank, tolerance)
    if fast is None:
        return None
    return MultiratePair(fast, _cheapest(MultirateAdjoint, bank, tolerance))


_Form = TypeVar("_Form", MultirateBank, MultirateAdjoint)


def _cheapest(form: type[_Form], bank: FilterBank, tolerance: float) -> _Form:
    filters = complex_rows(bank.kernel)
    candidates = (
        form(
            _groups(filters, factors, tolerance),
            factors=factors,
            length=filters.shape[1],
            hop_length=bank.hop_length,
        )
        for factors in _cascades(filters, bank.hop_length)
    )
    return min(candidates, key=lambda each: each.cost).to(bank.kernel)


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
