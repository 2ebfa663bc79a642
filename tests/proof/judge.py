"""Exports a model and compares the file with the module, over all that the file says it takes."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import nnaudio_runtime
import numpy as np
from nnaudio_runtime import AudioError, Frontend
from numpy.typing import NDArray
from proof.cases import Case, cases
from proof.causes import true_cause
from proof.model import Model
from proof.truth import Outputs, Truth

import nnaudio_export

Kind = Literal["right", "wrong", "refused", "wrong reason", "broken"]
KINDS: tuple[Kind, ...] = get_args(Kind)

TOLERANCE = 1e-5
HALF_TOLERANCE = 2.0**-8
# As much as float32 itself does to the module, and what another order of sums may add.
FACTOR = 4.0
# An output so much below that of noise holds nothing but rounding.
_NOTHING = 1e-7


@dataclass(frozen=True)
class Fault:
    """An input on which file and module part.

    Attributes:
        case: the input.
        output: index of the output.
        row: of the batch.
        error: largest, of the output's scale; infinite for another shape, or a file that fails.
        allowed: would have been this much.
        what: in words, where it is no matter of numbers.
        excused: neighbours of the input move as much, though the module itself rounds less.
    """

    case: Case
    output: int = 0
    row: int = 0
    error: float = np.inf
    allowed: float = 0.0
    what: str = ""
    excused: bool = False

    @property
    def size(self) -> str:
        """How bad it is, in words."""
        if self.what:
            return "another shape, infinities, or the file fails"
        over = self.error / self.allowed
        times = next((limit for limit in (2, 10, 100) if over <= limit), None)
        return f"up to {times} times what is allowed" if times else "nothing alike"

    def __str__(self) -> str:
        said = self.what or f"error {self.error:.1e}, allowed {self.allowed:.1e}"
        return f"{self.case}: item {self.row}, output {self.output}: {said}"


@dataclass(frozen=True)
class Verdict:
    """What came of a model.

    Attributes:
        model: it.
        kind: ``"broken"`` is a model that does not run itself, a fault of the generator.
        cause: of a refusal, the tag that it names; of a wrong file, what is wrong.
        message: of a refusal.
        fault: of a wrong file; of a right one, where it is right by what its neighbours do only.
        seconds: of the processor, for the export and for all.
    """

    model: Model
    kind: Kind
    cause: str = ""
    message: str = ""
    fault: Fault | None = None
    seconds: tuple[float, float] = (0.0, 0.0)

    def __str__(self) -> str:
        said = self.fault or self.message.splitlines()[:12] or self.cause
        text = "\n".join(said) if isinstance(said, list) else str(said)
        return f"{self.kind}: {self.model.name} ({', '.join(self.model.tags)})\n    {text}"


def judge(model: Model, folder: Path, *, seconds: float | None = None) -> Verdict:
    """Exports a model into a folder and judges the file.

    Args:
        model: it.
        folder: where the file may lie.
        seconds: tries many inputs, up to minutes of audio, for as long as this; None tries some.
    """
    begin = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        verdict, exported = _judged(model, folder / f"{model.name}{model.suffix}", seconds)
    return replace(verdict, seconds=(exported - begin, time.process_time() - begin))


def _judged(model: Model, path: Path, seconds: float | None) -> tuple[Verdict, float]:
    truth = Truth(model)
    try:
        module = model.module()
        if not model.unsound:
            truth.single(Case(("noise",), 4 * model.rate, model.stereo).audio())
    except Exception as error:
        return Verdict(
            model, "broken", message=f"{type(error).__name__}: {error}"
        ), time.process_time()
    try:
        getattr(nnaudio_export, f"export_{model.format}")(module, path, **model.arguments)
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        cause = true_cause(model, error)
        kind: Kind = "refused" if cause else "wrong reason"
        return Verdict(model, kind, cause or "", message), time.process_time()
    exported = time.process_time()
    file = nnaudio_runtime.load(path, providers="cpu")
    return _compared(model, truth, file, seconds), exported


def _compared(model: Model, truth: Truth, file: Frontend, seconds: float | None) -> Verdict:
    info, end = file.info, time.process_time() + (seconds or math.inf)
    excused = None
    if model.unsound and model.unsound != "branch on values":
        return Verdict(model, "wrong", f"exported, with {model.unsound}")
    if info and info.sample_rate not in (None, model.rate):
        return Verdict(model, "wrong", f"says {info.sample_rate} Hz, takes {model.rate} Hz")
    for case in cases(model, info, thorough=seconds is not None):
        if time.process_time() > end:
            break
        fault = first_fault(model, truth, file, case)
        if fault is not None and fault.excused:
            excused = excused or fault
        elif fault is not None:
            fault = shrunk(model, truth, file, fault)
            return Verdict(model, "wrong", fault.size, fault=fault)
    return Verdict(model, "right", fault=excused)


def first_fault(model: Model, truth: Truth, file: Frontend, case: Case) -> Fault | None:
    """The first fault on an input, one that is excused only if there is no other."""
    found = list(faults(model, truth, file, case))
    return min(found, key=lambda fault: fault.excused, default=None)


def faults(model: Model, truth: Truth, file: Frontend, case: Case) -> Iterator[Fault]:
    """Where file and module part on an input; nothing where the module or the file refuses it."""
    audio = case.audio()
    try:
        single = truth.single(audio)
    except Exception:  # what the module itself does not take, nobody can compare
        return
    try:
        found = list(file.run(audio).values())
    except AudioError as error:
        if "cannot compute" in str(error):  # it did not refuse, it failed
            yield Fault(case, what=str(error).splitlines()[0][-200:])
        return
    shapes = [[tuple(one.shape) for one in outputs] for outputs in (single, found)]
    if shapes[0] != shapes[1]:
        yield Fault(case, what=f"module {shapes[0]}, file {shapes[1]}")
        return
    half = model.arguments.get("precision") == "fp16"
    tolerance = HALF_TOLERANCE if half else TOLERANCE
    if all(_close(a, b, len(audio), tolerance / 2) for a, b in zip(single, found, strict=True)):
        return
    yield from _beyond(truth, case, audio, single, found, tolerance, half)


def _rows(output: NDArray[np.generic], batch: int) -> Iterator[NDArray[np.float64]]:
    """Items of a batch; the whole where the first axis is another."""
    items = output if output.ndim and output.shape[0] == batch else output[None]
    for item in items:
        yield np.asarray(item, np.float64)


def _close(
    single: NDArray[np.generic], found: NDArray[np.generic], batch: int, tolerance: float
) -> bool:
    """So near to the float32 module that float64 need not be asked.

    Half a tolerance from the module, and the module's own rounding, are within the tolerance or
    four times that rounding.
    """
    for a, b in zip(_rows(single, batch), _rows(found, batch), strict=True):
        known = np.isfinite(a)
        if not np.array_equal(a[~known], b[~known], equal_nan=True):
            return False
        if a[known].size:
            error, scale = np.abs(a - b)[known].max(), np.abs(a[known]).max()
            if not error <= tolerance * scale:
                return False
    return True


def _beyond(
    truth: Truth,
    case: Case,
    audio: NDArray[np.float32],
    single: Outputs,
    found: Outputs,
    tolerance: float,
    half: bool,
) -> Iterator[Fault]:
    """The items whose error is above the tolerance and above what float32 does to the module."""
    exact, usual = truth.double(audio) or single, truth.on_noise(audio)
    own: list[Fault] = []
    for seeds in (range(0), range(3), range(3, 15)):
        lost = truth.lost(audio, exact, seeds)
        columns = zip(single, found, exact, lost, usual, strict=True)
        left = [
            fault
            for index, column in enumerate(columns)
            for fault in _items(Fault(case, index), column, tolerance, half)
        ]
        # What float32 loses is a matter of luck: where it is close, more neighbours are asked.
        if len(seeds) == 0:
            own = left
        elif not any(fault.error <= 3 * fault.allowed for fault in left):
            break
        if not left:
            break
    yield from left or [replace(fault, excused=True) for fault in own]


def _items(
    fault: Fault, outputs: Sequence[NDArray[np.generic]], tolerance: float, half: bool
) -> Iterator[Fault]:
    """The items of one output that are wrong."""
    batch = len(fault.case.signals)
    items = zip(*(_rows(output, batch) for output in outputs), strict=True)
    for row, (single, found, exact, lost, usual) in enumerate(items):
        known = np.isfinite(single) & np.isfinite(exact)
        # Infinities of the module's own (the logarithm of silence) must be the file's.
        if not np.array_equal(single[~known], found[~known], equal_nan=True):
            yield replace(fault, row=row, what="other infinities")
            continue
        if not known.any():
            continue
        error, own = np.abs(found - exact)[known].max(), lost[known].max()
        scale, usually = np.abs(exact[known]).max(), np.abs(usual[np.isfinite(usual)]).max()
        if half or scale <= max(_NOTHING * usually, 10 * own):
            scale = max(scale, usually)
        allowed = max(tolerance * scale, FACTOR * own)
        if not error <= allowed:
            over = max(scale, np.finfo(np.float32).tiny)
            yield replace(fault, row=row, error=error / over, allowed=allowed / over)


def shrunk(model: Model, truth: Truth, file: Frontend, fault: Fault) -> Fault:
    """The same fault on a smaller input: one item, few samples."""

    def first(signals: Sequence[str], length: int) -> Fault | None:
        case = replace(fault.case, signals=tuple(signals), length=length)
        found = first_fault(model, truth, file, case)
        return None if found is None or found.excused else found

    signals = fault.case.signals
    best = fault
    for fewer in ((signals[fault.row],), ("noise",) * len(signals), signals[: fault.row + 1]):
        smaller = first(fewer, fault.case.length)
        if smaller is not None:
            best = smaller
            break
    shortest = file.info.min_length if file.info else 1
    right = shortest - 1
    for _ in range(12):
        wrong = best.case.length
        if wrong - right <= max(1, wrong // 50):
            break
        middle = (right + wrong) // 2
        smaller = first(best.case.signals, middle)
        if smaller is None:
            right = middle
        else:
            best = smaller
    return best
