"""A module and its file on one input: how far they are apart, and how far they may be."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from nnaudio_runtime.files.selftest import Measure
from numpy.typing import NDArray

from nnaudio_exporters.prepare.precision import FP32
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.proof.allowance import Allowance
from nnaudio_exporters.proof.difference import Array, difference

Runner = Callable[[NDArray[np.generic]], Mapping[str, Array]]
"""Runs a file: its own input → outputs by name."""


class Compared(NamedTuple):
    """One output of the two.

    Attributes:
        output: its name.
        error: largest error, in the module's measure.
        allowed: the tolerance, or more where float32 itself loses more on this input.
    """

    output: str
    error: float
    allowed: float


class Comparison:
    """Compares what a file gives with what its module gives.

    Args:
        prepared: the module, eager.
        run: runs the file.
        tolerance: largest error that needs no excuse; None for that of the module's precision.
    """

    def __init__(
        self, prepared: PreparedModule, run: Runner, tolerance: float | None = None
    ) -> None:
        self.prepared = prepared
        self.tolerance = prepared.precision.tolerance if tolerance is None else tolerance
        self._run = run
        self._allowance = Allowance(prepared, self.tolerance)

    @property
    def measure(self) -> Measure:
        """How errors are measured."""
        return self.prepared.measure

    def module(self, x: NDArray[np.float32]) -> dict[str, Array]:
        """The outputs of the module."""
        return {name: output.numpy() for name, output in self.prepared.run(x).items()}

    def file(self, x: NDArray[np.float32]) -> Mapping[str, Array]:
        """The outputs of the file, for the same values."""
        return self._run(self.prepared.input.for_file(x))

    def compare(
        self, x: NDArray[np.float32], expected: Mapping[str, Array], found: Mapping[str, Array]
    ) -> Iterator[Compared]:
        """The errors of all outputs.

        Args:
            x: the input.
            expected: what the module gives for it.
            found: what the file, or the module itself another time, gives for it.
        """
        weight = self.prepared.weight(x)
        for output, reference in expected.items():
            error = difference(reference, found[output], self.measure, weight)
            allowed = self.tolerance
            if not error <= allowed:
                allowed = self._allowance.allowed(x, output, reference, error, weight)
            yield Compared(output, error, allowed)


def loudest_input(prepared: PreparedModule) -> float:
    """The largest sample that module and file are compared on.

    Half precision is made for audio in -1 ... 1, and PCM has no more.
    """
    bounded = prepared.precision is not FP32 or prepared.input.dtype == "int16"
    return 1.0 if bounded else math.inf
