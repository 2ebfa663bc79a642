"""What a proof found: the comparisons of a file with its module, and the error where they fail."""

from __future__ import annotations

from dataclasses import dataclass, field

from nnaudio_runtime.files.selftest import Measure

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.proof.signals import SIGNALS


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
        lengths = sorted({row.length for row in self.rows})
        batches = sorted({row.batch for row in self.rows})
        outputs = list(dict.fromkeys(row.output for row in self.rows))
        width = max(len(name) for name in SIGNALS) + 2
        lines = []
        for output in outputs:
            lines.append(f"{output}: {self.measure} error by length of the input")
            lines.append(" " * width + "".join(f"{length:>11}" for length in lengths))
            for signal in SIGNALS:
                cells = [self._cell(output, signal, length) for length in lengths]
                lines.append(f"{signal:<{width}}" + "".join(f"{cell:>11}" for cell in cells))
        if self.rounding:
            lines.append(f"~ above the tolerance, but {self.reason}")
        verdict = "parity holds" if self.passed else "PARITY FAILS (!)"
        lines.append(
            f"{verdict}: worst error {self.worst:.1e}, tolerance {self.tolerance:.0e}, "
            f"batches {' and '.join(map(str, batches))}, {self.engine} against PyTorch eager"
        )
        return "\n".join(lines)

    def _cell(self, output: str, signal: str, length: int) -> str:
        rows = [r for r in self.rows if (r.output, r.signal, r.length) == (output, signal, length)]
        if not rows:
            return ""
        error = max(row.error for row in rows)
        mark = "~" if error > self.tolerance else ""
        return ("!" if not all(row.passed for row in rows) else mark) + f"{error:.1e}"


class ParityError(ExportError):
    """The exported graph does not compute what the module computes. No file was written.

    Attributes:
        report: the table of errors.
    """

    def __init__(self, report: ParityReport, remark: str = "") -> None:
        ending = f"\n{remark}" if remark else ""
        super().__init__(f"the exported graph differs from the eager module\n{report}{ending}")
        self.report = report
