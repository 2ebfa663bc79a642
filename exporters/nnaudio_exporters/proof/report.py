"""What a proof found: the comparisons of a file with its module, and the error where they fail."""

from __future__ import annotations

from dataclasses import dataclass, field

from nnaudio_runtime.files.selftest import Measure

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.proof.counterexample import Counterexample
from nnaudio_exporters.proof.signals import signals

# Room for the names of the signals.
_NAMES = max(map(len, signals())) + 2


@dataclass(frozen=True)
class ParityRow:
    """One comparison.

    Attributes:
        output: name of the output.
        signal: name of the test signal.
        batch: batch size.
        length: length of the input.
        error: largest error, in the report's measure.
        allowed: the tolerance, or more where float32 itself loses more on this input.
    """

    output: str
    signal: str
    batch: int
    length: int
    error: float
    allowed: float

    @property
    def passed(self) -> bool:
        """The error is allowed."""
        return self.error <= self.allowed  # False for NaN


@dataclass(frozen=True)
class ParityReport:
    """All comparisons of one file with its module; ``str`` is a readable table.

    Attributes:
        rows: the comparisons.
        tolerance: largest error allowed.
        measure: ``"relative"``: max|a - b| / max|a|; ``"circle"``: distance on the unit circle.
        engine: what ran the file, with its version.
        reason: why some errors above the tolerance are allowed.
    """

    rows: tuple[ParityRow, ...] = field(repr=False)
    tolerance: float
    measure: Measure
    engine: str
    reason: str = "float32 itself loses as much on this input"

    @property
    def worst(self) -> float:
        """The largest error, of the comparisons that float32 rounding does not decide."""
        return max((row.error for row in self.rows if row not in self.rounding), default=0.0)

    @property
    def rounding(self) -> tuple[ParityRow, ...]:
        """Comparisons above the tolerance that pass, because float32 itself loses as much there.

        An output that holds nothing but rounding is one: a filter bank without a filter at 0 Hz,
        on a constant signal.
        """
        return tuple(row for row in self.rows if row.passed and row.error > self.tolerance)

    @property
    def passed(self) -> bool:
        """No comparison failed."""
        return all(row.passed for row in self.rows)

    def __str__(self) -> str:
        # Lengths at which noise alone was compared are many: the longest is shown, and what fails.
        tried = {
            length: {row.signal for row in self.rows if row.length == length}
            for length in {row.length for row in self.rows}
        }
        shown = {length for length, names in tried.items() if len(names) > 1}
        failing = sorted({row.length for row in self.rows if not row.passed} - shown)
        lengths = sorted({*shown, *failing[:2], max(tried)})
        batches = sorted({row.batch for row in self.rows})
        lines = []
        for output in dict.fromkeys(row.output for row in self.rows):
            lines.append(f"{output}: {self.measure} error by length of the input")
            lines.append(" " * _NAMES + "".join(f"{length:>11}" for length in lengths))
            lines += self._table([row for row in self.rows if row.output == output], lengths)
        if self.rounding:
            lines.append(f"~ above the tolerance, but {self.reason}")
        verdict = "parity holds" if self.passed else "PARITY FAILS (!)"
        lines.append(
            f"{verdict}: worst error {self.worst:.1e}, tolerance {self.tolerance:.0e}, "
            f"batches {', '.join(map(str, batches))}, {len(tried)} lengths, "
            f"{self.engine} against PyTorch eager"
        )
        return "\n".join(lines)

    def _table(self, rows: list[ParityRow], lengths: list[int]) -> list[str]:
        """A line for each signal that is tried everywhere, one for all others that pass."""
        lines, others = [], []
        for signal, kind in signals().items():
            of_signal = [row for row in rows if row.signal == signal]
            if kind.everywhere or not all(row.passed for row in of_signal):
                lines.append(self._line(signal, of_signal, lengths))
            else:
                others += of_signal
        if others:
            worst = max(others, key=lambda row: row.error)
            line = self._line("others", others, lengths)
            lines.append(f"{line}  the worst of {len(others)}: {worst.signal}")
        return lines

    def _line(self, name: str, rows: list[ParityRow], lengths: list[int]) -> str:
        cells = [self._cell([row for row in rows if row.length == length]) for length in lengths]
        return f"{name:<{_NAMES}}" + "".join(f"{cell:>11}" for cell in cells)

    def _cell(self, rows: list[ParityRow]) -> str:
        if not rows:
            return ""
        error = max(row.error for row in rows)
        mark = "~" if error > self.tolerance else ""
        return ("!" if not all(row.passed for row in rows) else mark) + f"{error:.1e}"


class ParityError(ExportError):
    """The exported graph does not compute what the module computes. No file was written.

    Attributes:
        report: the table of errors.
        counterexample: what a search found, where the table shows nothing; else None.
    """

    def __init__(
        self, report: ParityReport, remark: str = "", counterexample: Counterexample | None = None
    ) -> None:
        shown = str(report) if counterexample is None else counterexample.text(remark=remark)
        if counterexample is None and remark:
            shown += f"\n{remark}"
        super().__init__(f"the exported graph differs from the eager module\n{shown}")
        self.report = report
        self.counterexample = counterexample
