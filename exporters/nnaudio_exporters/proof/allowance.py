"""How large an error may be: the tolerance, or more where float32 itself loses more.

In float64 the module is the truth. Some outputs magnify rounding (the logarithm of almost nothing):
no two correct float32 programs agree to 1e-5 there. Where an error is above the tolerance, the file
is compared with the module in float64, and may be off by four times what float32 does to the module
itself on that input: its own rounding, however each of its steps rounds, or what its float64 output
moves by when the samples change by a rounding error. Of a faster form, twice its rounding passes,
but nothing that it leaks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
from nnaudio_runtime.files.domain import brought_into
from nnaudio_runtime.files.selftest import generated_signal
from numpy.typing import NDArray

from nnaudio_exporters.prepare.precision import FP32
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.proof.difference import Array, difference
from nnaudio_exporters.proof.rounding import RandomRounding

_ROUNDING_FACTOR = 4.0
# Of a fast form's rounding: twice of it passes, with the factor.
_OF_FAST_FORM = 0.5
# Of the largest sample: what float32 rounds it to, both ways.
_NUDGE = 2.0**-23
# At most, until the error is explained: where a logarithm meets a zero of the spectrum, how much
# one rounding moves the output is a matter of chance, and its largest value needs some draws.
_NUDGES = 16
_ROUNDINGS = 2
# Of what noise of the same level gives: an output that is less may be zero in truth. It is 32 times
# float32's last bit, as long sums lose; a filter bank that leaks lets more through.
_ALMOST_ZERO = 2.0**-18
# Numbers of all inputs that are nudged for one comparison: a long one has draws enough in itself.
_NUDGED = 2**20


class Judged(NamedTuple):
    """An error, and how large it may be.

    Attributes:
        error: of the file, against the module or against the module in float64.
        allowed: largest error that passes.
    """

    error: float
    allowed: float


class Allowance:
    """The errors that are allowed where they are above the tolerance.

    Args:
        prepared: the module.
        tolerance: largest error that needs no excuse.
    """

    def __init__(self, prepared: PreparedModule, tolerance: float) -> None:
        self._prepared = prepared
        self._tolerance = tolerance

    def judge(
        self,
        x: NDArray[np.float32],
        output: str,
        expected: Array,
        found: Array,
        weight: Array | None,
    ) -> Judged:
        """The error of an output, and how large it may be.

        Args:
            x: input of the module.
            output: name of the output.
            expected: what the module gives there.
            found: what the file gives.
            weight: how much each value of the output counts.
        """
        error = difference(expected, found, self._prepared.measure, weight)
        if error <= self._tolerance or expected.shape != found.shape:
            return Judged(error, self._tolerance)
        allowed, scale = self._tolerance, _scale(expected)
        if self._double is not None:
            exact = self._exact(x, output)
            error = min(error, self._distance(exact, found, weight, scale))
            rounding = self._rounding(x, output, exact, expected, error, weight)
            allowed = max(allowed, _ROUNDING_FACTOR * rounding)
        if error > allowed:
            share = _ALMOST_ZERO if self._prepared.precision is FP32 else self._tolerance
            allowed = max(allowed, share * self._faintness(x, output, scale))
        return Judged(error, allowed)

    @cached_property
    def _double(self) -> PreparedModule | None:
        """The module in float64, or None where it runs in float32 only."""
        model_input = self._prepared.input
        try:
            double = self._prepared.in_double()
            shape = model_input.shape(model_input.admitted_batch(1), model_input.min_length)
            double.run(np.zeros(shape))
        except Exception:  # whatever the user's module does to its own dtype
            return None
        return double

    def _exact(self, x: NDArray[np.floating], output: str) -> Array:
        assert self._double is not None
        return self._double.run(x.astype(np.float64))[output].numpy()

    def _distance(self, exact: Array, other: Array, weight: Array | None, scale: float) -> float:
        """The error against the truth, relative to the scale of what the module gives."""
        measure = self._prepared.measure
        distance = difference(exact, other, measure, weight)
        if measure == "circle" or not math.isfinite(distance):
            return distance
        return distance * _scale(exact) / scale

    def _rounding(
        self,
        x: NDArray[np.float32],
        output: str,
        exact: Array,
        expected: Array,
        error: float,
        weight: Array | None,
    ) -> float:
        """What float32 itself loses on this input; it ends where that explains the error."""
        found = 0.0
        for lost in self._losses(x, output, exact, expected, weight):
            found = max(found, lost if math.isfinite(lost) else 0.0)
            if _ROUNDING_FACTOR * found >= error:
                break
        return found

    def _losses(
        self,
        x: NDArray[np.float32],
        output: str,
        exact: Array,
        expected: Array,
        weight: Array | None,
    ) -> Iterator[float]:
        """The same in one way after the other, what takes least time first."""
        scale, wide = _scale(expected), x.astype(np.float64)
        yield self._distance(exact, expected, weight, scale)
        for seed in range(_ROUNDINGS):
            with RandomRounding(seed):
                rounded = self._exact(x, output)
            yield self._distance(exact, rounded, weight, scale)
        yield _OF_FAST_FORM * self._of_fast_form(x, output, weight, scale)
        for seed in range(1, max(1, min(_NUDGES, _NUDGED // x.size)) + 1):
            nudge = 2 * _NUDGE * np.abs(wide).max() * generated_signal(x.shape, seed)
            near = brought_into(self._prepared.input.domain, (wide + nudge).astype(np.float32))
            yield self._distance(exact, self._exact(near, output), weight, scale)
            # How a sum rounds is chance, too.
            yield _OF_FAST_FORM * self._of_fast_form(near, output, weight, scale)

    def _of_fast_form(
        self, x: NDArray[np.float32], output: str, weight: Array | None, scale: float
    ) -> float:
        """The rounding of the lowered form, against itself in float64.

        A split transform rounds like an FFT, relative to the energy of a frame: twice that passes.
        What a fast form leaks is no rounding, and not in this.
        """
        prepared, double = self._prepared, self._double
        assert double is not None
        if prepared.graph is prepared.module:
            return 0.0
        exact = double.run(x.astype(np.float64), double.graph)[output].numpy()
        rounded = prepared.run(x, prepared.graph)[output].numpy()
        return self._distance(exact, rounded, weight, scale)

    def _faintness(self, x: NDArray[np.float32], output: str, scale: float) -> float:
        """How many times larger the output is for noise of this input's level.

        An output that is zero in truth, or a part of what half precision rounds (its floor is 66 dB
        below what it computes with; bfloat16: 48 dB), is compared with what it is a part of.
        """
        prepared = self._prepared
        if prepared.measure == "circle":
            return 1.0
        level = float(np.abs(x).max()) or 1.0
        noise = prepared.input.admitted(2 * level * generated_signal(x.shape, seed=23))
        return _scale(prepared.run(noise)[output].numpy()) / scale


def _scale(values: Array) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return max(float(finite.max(initial=0.0)), float(np.finfo(np.float32).tiny))
