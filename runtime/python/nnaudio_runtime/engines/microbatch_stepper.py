"""Many signals in micro-batches: what a run works on stays in the processor's cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from nnaudio_runtime.engines.engine import Stepper


class MicrobatchStepper:
    """Steppers one after the other, as one of all their rows.

    Args:
        steppers: of the same graph.

    Attributes:
        shapes: of the outputs of all together.
    """

    def __init__(self, steppers: Sequence[Stepper]) -> None:
        self._steppers = steppers
        sizes = [stepper.shapes[0][0] for stepper in steppers]
        self._ends = np.cumsum(sizes)
        self._starts = self._ends - sizes
        rows = int(self._ends[-1])
        self.shapes = [(rows, *shape[1:]) for shape in steppers[0].shapes]
        self._outputs = [np.zeros(shape, np.float32) for shape in self.shapes]

    def step(self, chunk: NDArray[Any], present: NDArray[Any] | None) -> list[NDArray[Any]]:
        """The outputs of a chunk; they are overwritten by the next step."""
        for stepper, rows in self._parts():
            results = stepper.step(chunk[rows], None if present is None else present[rows])
            for whole, part in zip(self._outputs, results, strict=True):
                whole[rows] = part
        return self._outputs

    def mark(self) -> None:
        """Remembers the state."""
        for stepper in self._steppers:
            stepper.mark()

    def rewind(self) -> None:
        """Goes back to the state that :meth:`mark` remembered."""
        for stepper in self._steppers:
            stepper.rewind()

    def hold(self, rows: NDArray[np.intp]) -> None:
        """Gives some signals the state that :meth:`mark` remembered."""
        for stepper, part in self._parts():
            own = rows[(rows >= part.start) & (rows < part.stop)] - part.start
            if own.size:
                stepper.hold(own)

    def clear(self, row: int) -> None:
        """Gives a signal the state of a beginning."""
        part = int(np.searchsorted(self._ends, row, side="right"))
        self._steppers[part].clear(row - int(self._starts[part]))

    def _parts(self) -> Iterator[tuple[Stepper, slice]]:
        for stepper, start, end in zip(self._steppers, self._starts, self._ends, strict=True):
            yield stepper, slice(int(start), int(end))
