"""How large an error may be: the tolerance, or more where number formats themselves lose more.

Some outputs magnify rounding (the logarithm of almost nothing): no two correct float32 programs
agree to 1e-5 there. Where an error is above the tolerance, it may still be four times what float32
itself loses on that input.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from nnaudio_runtime.files.domain import brought_into
from nnaudio_runtime.files.selftest import generated_signal
from numpy.typing import NDArray

from nnaudio_exporters.prepare.precision import FP32
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.proof.difference import Array, difference

_ROUNDING_FACTOR = 4.0
# Two bits of a float32 sample at full scale, or -132 dB.
_NUDGE = 2.0**-22
_NUDGES = 4


class Allowance:
    """The errors that are allowed where they are above the tolerance.

    Args:
        prepared: the module.
        tolerance: largest error that needs no excuse.
    """

    def __init__(self, prepared: PreparedModule, tolerance: float) -> None:
        self._prepared = prepared
        self._tolerance = tolerance

    def allowed(
        self,
        x: NDArray[np.float32],
        output: str,
        expected: Array,
        error: float,
        weight: Array | None,
    ) -> float:
        """The largest error that is allowed.

        Args:
            x: input of the module.
            output: name of the output that is off.
            expected: what the module gives there.
            error: of the file's output, to be explained.
            weight: how much each value of the output counts.
        """
        rounding = self._rounding(x, output, error, weight)
        allowed = max(self._tolerance, _ROUNDING_FACTOR * rounding)
        if self._prepared.precision is not FP32:
            allowed = max(allowed, self._tolerance * self._faintness(x, output, expected))
        return allowed

    @cached_property
    def _double(self) -> PreparedModule | None:
        """The module in float64, or None where it runs in float32 only."""
        double, shortest = self._prepared.in_double(), self._prepared.input.min_length
        try:
            double.run(np.zeros(self._prepared.input.shape(1, shortest)))
        except Exception:
            return None
        return double

    def _rounding(
        self, x: NDArray[np.float32], output: str, error: float, weight: Array | None
    ) -> float:
        """What float32 itself loses on this input, as far as float64 can tell.

        The larger of two: how far float32 outputs, of the module and of its lowered form, are from
        their own float64 ones, on this input and on some that differ from it by a rounding error,
        and how far the float64 output moves between these. (That the lowered form rounds no worse
        than the module, its plan has made sure.) It ends where that is the error to be explained.

        The float64 output is the lowered form's, which is many times faster, where that differs by
        so little from the module's that it explains nothing above the tolerance.
        """
        prepared, double = self._prepared, self._double
        if double is None:
            return 0.0
        wide = x.astype(np.float64)
        same = prepared.plan.error * _ROUNDING_FACTOR <= self._tolerance
        reference = double.graph if same else double.module
        exact = double.run(wide, reference)[output].numpy()
        forms = [prepared.module]
        if prepared.graph is not prepared.module:
            forms.append(prepared.graph)
        found = 0.0

        def lost(a: Array, b: Array) -> None:
            nonlocal found
            distance = difference(a, b, prepared.measure, weight)
            found = max(found, distance if math.isfinite(distance) else 0.0)

        for seed in range(_NUDGES + 1):
            near, unrounded = x, exact
            if seed:
                nudge = 2 * _NUDGE * np.abs(wide).max() * generated_signal(x.shape, seed)
                near = brought_into(prepared.input.domain, (wide + nudge).astype(np.float32))
                unrounded = double.run(near.astype(np.float64), reference)[output].numpy()
                lost(exact, unrounded)
            for form in forms:
                if found >= error:
                    return found
                lost(unrounded, prepared.run(near, form)[output].numpy())
        return found

    def _faintness(self, x: NDArray[np.float32], output: str, expected: Array) -> float:
        """How many times larger the output is for noise of this input's level.

        Half precision has a floor 66 dB (bfloat16: 48 dB) below what it computes with. An output
        that lies there, as that of filters above 0 Hz for a constant, is compared with what it is a
        part of.
        """
        prepared = self._prepared
        if prepared.measure == "circle":
            return 1.0
        noise = prepared.input.admitted(2 * np.abs(x).max() * generated_signal(x.shape, seed=23))
        usual = np.abs(prepared.run(noise)[output].numpy()).max()
        return float(usual / max(np.abs(expected).max(), np.finfo(np.float32).tiny))
