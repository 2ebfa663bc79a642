"""Parity: does a file compute what the module computes?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.prepare.precision import FP32
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.proof.allowance import Allowance, Judged
from nnaudio_exporters.proof.difference import Array
from nnaudio_exporters.proof.report import ParityReport, ParityRow
from nnaudio_exporters.proof.signals import signals
from nnaudio_exporters.proof.sizes import core_sizes, more_sizes

Runner = Callable[[NDArray[np.generic]], Mapping[str, Array]]

# Beyond the core sizes noise is what shows most.
PLAIN = "noise"
# An error from which on two programs do something else, however they round.
_ANOTHER_WAY = 1e-3


class Comparison:
    """Runs module and file side by side.

    Args:
        prepared: the module, eager.
        run: runs the file: its own input → outputs by name.
        tolerance: largest error allowed; None for that of the module's precision.
    """

    def __init__(
        self, prepared: PreparedModule, run: Runner, tolerance: float | None = None
    ) -> None:
        self.prepared = prepared
        self.tolerance = prepared.precision.tolerance if tolerance is None else tolerance
        self._run = run
        self._allowance = Allowance(prepared, self.tolerance)
        self._known: dict[tuple[int, int, str], tuple[ParityRow, ...]] = {}

    def within(self, prepared: PreparedModule) -> Comparison:
        """The same within other bounds."""
        bounded = Comparison(prepared, self._run, self.tolerance)
        bounded._known = self._known
        return bounded

    def module(self, x: NDArray[np.float32]) -> dict[str, Array]:
        """The outputs of the module."""
        return {name: output.numpy() for name, output in self.prepared.run(x).items()}

    def file(self, x: NDArray[np.float32]) -> Mapping[str, Array]:
        """The outputs of the file, for the same values."""
        return self._run(self.prepared.input.for_file(x))

    def judge(
        self, x: NDArray[np.float32], expected: Mapping[str, Array], found: Mapping[str, Array]
    ) -> Iterator[tuple[str, Judged]]:
        """The error of each output, and how large it may be.

        Args:
            x: the input.
            expected: what the module gives for it.
            found: what the file, or the module another time, gives for it.
        """
        weight = self.prepared.weight(x)
        for output, values in expected.items():
            yield output, self._allowance.judge(x, output, values, found[output], weight)

    def rows(self, batch: int, length: int, signal: str) -> tuple[ParityRow, ...]:
        """One comparison for each output; what was compared before is not run again.

        Raises:
            ExportError: the module refuses the size, or the file one that the module takes.
        """
        key = batch, length, signal
        if key not in self._known:
            self._known[key] = tuple(self._compared(*key))
        return self._known[key]

    def _compared(self, batch: int, length: int, signal: str) -> Iterator[ParityRow]:
        model_input = self.prepared.input
        x = model_input.admitted(signals()[signal].make(model_input.shape(batch, length)))
        try:
            expected = self.module(x)
        except Exception as cause:
            raise ExportError(
                f"the module accepts an input of length {model_input.min_length}, but not batch "
                f"{batch}, length {length}: {cause}\n"
                "If it takes one length only, pass num_samples=... and dynamic=False."
            ) from cause
        try:
            found = self.file(x)
        except Exception as cause:
            raise ExportError(
                f"the exported graph refuses batch {batch}, length {length}, which the module "
                f"takes: {cause}"
            ) from cause
        for output, judged in self.judge(x, expected, found):
            yield ParityRow(output, signal, batch, length, *judged)

    def agree(self, batch: int, length: int, *, roughly: bool = False) -> bool:
        """Whether both give the same for noise of a size.

        Args:
            batch: number of items.
            length: of each.
            roughly: what is asked is whether they go the same way, not how they round.
        """
        most = _ANOTHER_WAY if roughly else 0.0
        try:
            return all(
                row.error <= max(row.allowed, most) for row in self.rows(batch, length, PLAIN)
            )
        except ExportError:
            return False


def check_parity(
    comparison: Comparison, *, engine: str, more: Sequence[ParityRow] = ()
) -> ParityReport:
    """Runs module and file side by side over signals, lengths and batch sizes.

    Args:
        comparison: of the module and the file, within the bounds of the file.
        engine: name and version of what runs the file.
        more: comparisons at longer ones.

    Returns:
        The report, passed or not.

    Raises:
        ExportError: the module refuses one of the lengths, or the file one that the module takes.
    """
    prepared = comparison.prepared
    model_input = prepared.input
    rows: list[ParityRow] = []
    sizes = core_sizes(model_input)
    _, middle = sizes[len(sizes) // 2]
    for signal, kind in signals(prepared.loudest).items():
        once = [(model_input.admitted_batch(1), middle)]
        for batch, length in sizes if kind.everywhere else once:
            rows += comparison.rows(batch, length, signal)
    hop = prepared.spec.hop_length if prepared.spec else None
    whole = hop if model_input.length_axis == "samples" else 1
    for batch, length in more_sizes(model_input, whole):
        rows += comparison.rows(batch, length, PLAIN)
    report = ParityReport((*rows, *more), comparison.tolerance, prepared.measure, engine)
    if prepared.precision is FP32:
        return report
    faint = "this input's output is faint: compared with that for noise of its level, it is within"
    return replace(report, reason=faint)
