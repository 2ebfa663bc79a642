"""Finds for each filter of a bank the lowest rate at which it is still the same."""

import math
from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from nnaudio_export.fast.multirate.multirate_adjoint import MultirateAdjoint, MultiratePair
from nnaudio_export.fast.multirate.multirate_bank import MultirateBank
from nnaudio_export.fast.multirate.short_filters import (
    Decimators,
    ShortFilters,
    octave_of,
    shorten,
)
from nnaudio_export.fast.multirate.strided_correlation import cost_of_convolution
from nnaudio_export.weights import complex_rows

Group = tuple[ShortFilters, NDArray[np.int64]]

# Kaiser's design holds from the first on; float32 weights stop no more than the second.
_LEAST_DB, _MOST_DB = 60.0, 160.0


def cheapest_bank(kernel: Tensor, hop_length: int, tolerance: float) -> MultirateBank | None:
    """The fast equal of a bank; None where it gains less than a quarter.

    Filters are grouped by octaves, cropped to where they are not zero, and moved to lower rates as
    far as their own shape allows: trained ones too.

    Args:
        kernel: of the dense bank, ``(2 * bins, 1, length)``.
        hop_length: samples from one frame to the next.
        tolerance: largest error of any output, of the largest output. 0 keeps the filters as they
            are: grouped and cropped only, so that none reads a sample that it did not read before.
    """
    return _Search(kernel, hop_length, tolerance).bank()


def cheapest_pair(kernel: Tensor, hop_length: int, tolerance: float) -> MultiratePair | None:
    """The fast equal of a bank that is used both ways; None as for :func:`cheapest_bank`."""
    search = _Search(kernel, hop_length, tolerance)
    bank = search.bank()
    return None if bank is None else MultiratePair(bank, search.cheapest(MultirateAdjoint))


def attenuation_for(tolerance: float) -> float:
    """What decimators have to stop, in dB: a third of the tolerance.

    Example:
        >>> attenuation_for(1e-5), attenuation_for(1e-6)
        (110.0, 130.0)
    """
    return min(max(10 - 20 * math.log10(tolerance), _LEAST_DB), _MOST_DB)


_Form = TypeVar("_Form", MultirateBank, MultirateAdjoint)


class _Search:
    """The forms of one bank, over all decimators that could lead to its rates."""

    def __init__(self, kernel: Tensor, hop_length: int, tolerance: float) -> None:
        self._kernel = kernel
        self._hop_length = hop_length
        self._tolerance = tolerance
        self._filters = complex_rows(kernel)
        self._octaves = octave_of(self._filters)
        # Longer cascades begin like shorter ones: what is found for one holds for all.
        self._found: dict[tuple[int, Decimators], ShortFilters] = {}

    def bank(self) -> MultirateBank | None:
        fast = self.cheapest(MultirateBank)
        rows, _, taps = self._kernel.shape
        dense = cost_of_convolution(rows=rows, taps=taps, stride=self._hop_length)
        return fast if fast.cost < 0.75 * dense else None

    def cheapest(self, form: type[_Form]) -> _Form:
        candidates = (
            form(
                self._groups(decimators),
                decimators=decimators,
                length=self._filters.shape[1],
                hop_length=self._hop_length,
            )
            for decimators in self._decimators()
        )
        return min(candidates, key=lambda each: each.cost).to(self._kernel)

    def _decimators(self) -> Iterator[Decimators]:
        """To try: by 2 again and again, or by 4; every frame must start on a sample."""
        if self._tolerance == 0:
            yield Decimators((), _MOST_DB)
            return
        attenuation = attenuation_for(self._tolerance)
        deepest = int(self._octaves.max())
        for factor in (2, 4):
            for count in range(deepest + 1):
                if self._hop_length % factor**count == 0 and (count or factor == 2):
                    yield Decimators((factor,) * count, attenuation)

    def _groups(self, decimators: Decimators) -> list[Group]:
        """Octave by octave, the lowest rate whose filters are the same to within the tolerance."""
        return [
            (self._lowest(octave, decimators), np.flatnonzero(self._octaves == octave))
            for octave in np.unique(self._octaves).tolist()
        ]

    def _lowest(self, octave: int, decimators: Decimators) -> ShortFilters:
        best = self._short(octave, decimators.until(1))
        for rate in decimators.rates[1:]:
            short = self._short(octave, decimators.until(rate))
            # The other half is for float32.
            if short.residual > self._tolerance / 2:
                break
            if short.weights.size < best.weights.size:
                best = short
        return best

    def _short(self, octave: int, decimators: Decimators) -> ShortFilters:
        key = octave, decimators
        if key not in self._found:
            filters = self._filters[self._octaves == octave]
            self._found[key] = shorten(filters, decimators.as_one(), decimators.rates[-1])
        return self._found[key]
