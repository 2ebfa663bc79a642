"""Parity: does a file compute what the module computes?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from nnaudio_runtime.files.domain import brought_into
from nnaudio_runtime.files.selftest import Measure, generated_signal
from numpy.typing import NDArray

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.prepare.precision import FP32
from nnaudio_exporters.prepare.prepared import Subject
from nnaudio_exporters.proof.signals import SIGNALS

Array = NDArray[np.floating]
Runner = Callable[[NDArray[np.generic]], Mapping[str, Array]]

BATCHES = (1, 3)

# Some outputs magnify rounding (the logarithm of almost nothing): no two correct float32 programs
# agree to 1e-5 there. Where an error is above the tolerance, it may still be this many times what
# float32 itself loses, see _rounding.
_ROUNDING_FACTOR = 4.0
# Two bits of a float32 sample at full scale, or -132 dB.
_NUDGE = 2.0**-22
_NUDGES = 4


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


def check_parity(
    subject: Subject, run: Runner, *, engine: str, tolerance: float | None = None
) -> ParityReport:
    """Runs module and file side by side over signals, lengths and batch sizes.

    Args:
        subject: the module, eager.
        run: runs the file: its own input → outputs by name.
        engine: name and version of what runs the file.
        tolerance: largest error allowed; None for that of the subject's precision.

    Returns:
        The report, passed or not.

    Raises:
        ExportError: the module refuses one of the lengths, or the file one that the module takes.
    """
    tolerance = subject.precision.tolerance if tolerance is None else tolerance
    rows: list[ParityRow] = []
    double: list[Subject | None] = []  # made once, when the first row asks for it
    for batch, length, signal in _cases(subject):
        x = subject.admitted(SIGNALS[signal](subject.input_shape(batch, length)))
        try:
            expected = subject.run(x)
        except Exception as cause:
            raise ExportError(
                f"the module accepts an input of length {subject.min_length}, but not batch "
                f"{batch}, length {length}: {cause}\n"
                "If it takes one length only, pass num_samples=... and dynamic=False."
            ) from cause
        try:
            found = run(subject.for_file(x))
        except Exception as cause:
            raise ExportError(
                f"the exported graph refuses batch {batch}, length {length}, which the module "
                f"takes: {cause}"
            ) from cause
        weight = subject.weight(x)
        for output, tensor in expected.items():
            reference = tensor.numpy()
            error = difference(reference, found[output], subject.measure, weight)
            allowed = tolerance
            if not error <= tolerance:
                if not double:
                    double.append(_in_double(subject))
                rounding = _rounding(subject, double[0], x, output, error, tolerance, weight)
                allowed = max(tolerance, _ROUNDING_FACTOR * rounding)
                if subject.precision is not FP32:
                    allowed = max(allowed, tolerance * _faintness(subject, x, output, reference))
            rows.append(ParityRow(output, signal, batch, length, error, allowed))
    report = ParityReport(tuple(rows), tolerance, subject.measure, engine)
    if subject.precision is FP32:
        return report
    faint = "this input's output is faint: compared with that for noise of its level, it is within"
    return replace(report, reason=faint)


def difference(
    expected: Array, found: Array, measure: Measure, weight: Array | None = None
) -> float:
    """The largest weighted error of one array against another; infinite for other shapes or NaN.

    Example:
        >>> difference(np.array([1.0, 2.0]), np.array([1.0, 2.5]), "relative")
        0.25
        >>> difference(np.array([np.pi]), np.array([-np.pi]), "circle") < 1e-12
        True
    """
    if expected.shape != found.shape:
        return math.inf
    a, b = expected.astype(np.float64), found.astype(np.float64)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        # A module may give infinities of its own (the logarithm of silence): they must agree.
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        if not (same | (np.isfinite(a) & np.isfinite(b))).all():
            return math.inf
        a, b = np.where(same, 0.0, a), np.where(same, 0.0, b)
    if a.size == 0:
        return 0.0
    weighting = 1.0 if weight is None else weight.astype(np.float64)
    if measure == "circle":
        return float((np.abs(np.exp(1j * a) - np.exp(1j * b)) * weighting).max())
    # The smallest normal float32 stands in for a silent output's maximum.
    scale = max(np.abs(a).max(), float(np.finfo(np.float32).tiny))
    return float((np.abs(a - b) * weighting).max() / scale)


def _cases(subject: Subject) -> list[tuple[int, int, str]]:
    """Batch sizes, lengths and signals; where there is a longest input, it is tried too."""
    cases = [(*size, signal) for size, signal in itertools.product(_sizes(subject), SIGNALS)]
    return cases if subject.max_length is None else [*cases, (1, subject.max_length, "noise")]


def _sizes(subject: Subject) -> list[tuple[int, int]]:
    """Batch sizes and lengths: the shortest, an odd one, a long one; or the only one."""
    shortest = subject.min_length
    if not subject.dynamic:
        return [(1, shortest)]
    batches = BATCHES if "batch" in subject.input_axes else (1,)
    odd = 3 * shortest + (shortest + 1) % 2
    # About a second of speech, unless the module's own minimum is longer.
    long = max(8 * shortest, 16000 if "samples" in subject.input_axes else 100)
    lengths = [length for length in (shortest, odd, long) if length <= (subject.max_length or long)]
    return [(batch, length) for length in lengths for batch in batches]


def _faintness(subject: Subject, x: NDArray[np.float32], output: str, found: Array) -> float:
    """How many times larger the output is for noise of this input's level.

    Half precision has a floor 66 dB (bfloat16: 48 dB) below what it computes with. An output that
    lies there, as that of filters above 0 Hz for a constant, is compared with what it is a part of.
    """
    if subject.measure == "circle":
        return 1.0
    noise = subject.admitted(2 * np.abs(x).max() * generated_signal(x.shape, seed=23))
    usual = np.abs(subject.run(noise)[output].numpy()).max()
    return float(usual / max(np.abs(found).max(), np.finfo(np.float32).tiny))


def _in_double(subject: Subject) -> Subject | None:
    """The subject in float64, or None where the module runs in float32 only."""
    double = subject.in_double()
    try:
        double.run(np.zeros(subject.input_shape(1, subject.min_length)))
    except Exception:
        return None
    return double


def _rounding(
    subject: Subject,
    double: Subject | None,
    x: NDArray[np.float32],
    output: str,
    error: float,
    tolerance: float,
    weight: Array | None,
) -> float:
    """What float32 itself loses on this input, as far as float64 can tell.

    The larger of two: how far float32 outputs, of the module and of its lowered form, are from
    their own float64 ones, on this input and on some that differ from it by a rounding error, and
    how far the float64 output moves between these. (That the lowered form rounds no worse than
    the module, its plan has made sure.) It ends where that is the error to be explained.

    The float64 output is the lowered form's, which is many times faster, where that differs by so
    little from the module's that it explains nothing above the tolerance.
    """
    if double is None:
        return 0.0
    wide = x.astype(np.float64)
    same = subject.plan.error * _ROUNDING_FACTOR <= tolerance
    reference = double.graph if same else double.module
    exact = double.run(wide, reference)[output].numpy()
    forms = [subject.module]
    if subject.graph is not subject.module:
        forms.append(subject.graph)
    found = 0.0

    def lost(a: Array, b: Array) -> None:
        nonlocal found
        distance = difference(a, b, subject.measure, weight)
        found = max(found, distance if math.isfinite(distance) else 0.0)

    for seed in range(_NUDGES + 1):
        near, unrounded = x, exact
        if seed:
            nudge = 2 * _NUDGE * np.abs(wide).max() * generated_signal(x.shape, seed)
            near = brought_into(subject.input_domain, (wide + nudge).astype(np.float32))
            unrounded = double.run(near.astype(np.float64), reference)[output].numpy()
            lost(exact, unrounded)
        for form in forms:
            if found >= error:
                return found
            lost(unrounded, subject.run(near, form)[output].numpy())
    return found
