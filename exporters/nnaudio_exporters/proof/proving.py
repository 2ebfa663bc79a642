"""The proof of a file: its domain first, then parity over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from torch.export import ExportedProgram

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.prepare.assumptions import assumptions
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.prepare.structure import WholeSignal, cost, whole_signal
from nnaudio_exporters.prepare.tracing import open_sizes, traced
from nnaudio_exporters.proof.domain import bounded_domain
from nnaudio_exporters.proof.parity import PLAIN, Comparison, check_parity
from nnaudio_exporters.proof.report import ParityReport, ParityRow
from nnaudio_exporters.proof.sizes import core_sizes

_MINUTE = 60.0
# Longest audio for which a graph that looks at the whole signal is proved, in seconds.
DEFAULT_LONGEST = 600.0
# What one run of the module may take: some seconds, and a tensor of a gigabyte.
_WORK, _LARGEST = 1.5e11, 2.5e8
# From one length to the next.
_STEP = 4
_RATE, _FRAME_RATE = 16000, 100  # where the module knows none


@dataclass(frozen=True)
class Proof:
    """What was proved.

    Attributes:
        prepared: the module, within the bounds of the file.
        report: the comparisons.
        whole_signal: what in the graph looks at the whole signal.
        bounds: what bounds the domain, in words.
    """

    prepared: PreparedModule
    report: ParityReport
    whole_signal: tuple[WholeSignal, ...] = ()
    bounds: tuple[str, ...] = ()


def prove(
    comparison: Comparison, *, engine: str, binding: bool, longest: int | None = None
) -> Proof:
    """Finds the domain of a file and compares it with its module there.

    Args:
        comparison: of the module and the file.
        engine: name and version of what runs the file.
        binding: the file holds what was traced; else the code itself.
        longest: length up to which a graph that looks at the whole signal is proved; None for ten
            minutes, or as far as is reasonable to run.

    Raises:
        ExportError: the file holds for no range of sizes.
    """
    prepared = comparison.prepared
    if prepared.stream is not None or not prepared.input.open_length:
        return Proof(prepared, check_parity(comparison, engine=engine))
    program = prepared.program or _traced_or_none(prepared)
    if program is None:  # it can be scripted only: nothing is known of its structure
        return Proof(prepared, check_parity(comparison, engine=engine))
    symbols = open_sizes(program, prepared)
    far = whole_signal(program, symbols["length"]) if "length" in symbols else []
    wanted = longest or _seconds(prepared, DEFAULT_LONGEST if far else _MINUTE)
    top = prepared.input.max_length or max(wanted, core_sizes(prepared.input)[-1][1])
    bounds: list[str] = []
    if "length" in symbols and binding:
        model_input, bounds = bounded_domain(
            prepared.input,
            assumptions(program, prepared),
            top,
            partial(comparison.agree, roughly=True),
        )
        prepared = replace(prepared, input=model_input)
    lengths = _lengths(prepared, program, symbols, wanted, asked=longest is not None, far=bool(far))
    as_far_as_it_holds = bool(far) and longest is None
    rows = _rows(comparison.within(prepared), lengths, as_far_as_it_holds=as_far_as_it_holds)
    if far:
        reached = max([row.length for row in rows] + [core_sizes(prepared.input)[-1][1]])
        prepared = replace(prepared, input=replace(prepared.input, max_length=reached))
    report = check_parity(comparison.within(prepared), engine=engine, more=rows)
    return Proof(prepared, report, tuple(far), tuple(bounds))


def _rows(
    comparison: Comparison, lengths: Sequence[int], *, as_far_as_it_holds: bool
) -> list[ParityRow]:
    """Longer inputs; rounding that grows with the length ends somewhere."""
    batch = comparison.prepared.input.admitted_batch(1)
    found: list[ParityRow] = []
    for length in lengths:
        try:
            rows = comparison.rows(batch, length, PLAIN)
        except ExportError:
            if as_far_as_it_holds:
                break
            raise
        if as_far_as_it_holds and not all(row.passed for row in rows):
            break
        found += rows
    return found


def _traced_or_none(prepared: PreparedModule) -> ExportedProgram | None:
    try:
        return traced(prepared, "a graph")
    except ExportError:
        return None


def _seconds(prepared: PreparedModule, seconds: float) -> int:
    """A time in units of the input's length."""
    spec = prepared.spec
    if prepared.input.length_axis == "samples":
        return round(seconds * (spec.sample_rate if spec else _RATE))
    if spec is None or spec.hop_length is None:
        return round(seconds * _FRAME_RATE)
    return round(seconds * spec.sample_rate / spec.hop_length)


def _lengths(
    prepared: PreparedModule,
    program: ExportedProgram,
    symbols: dict[str, object],
    wanted: int,
    *,
    asked: bool,
    far: bool,
) -> Sequence[int]:
    """Longer inputs: a minute; of a graph that looks at the whole signal, up to what is wanted."""
    start = core_sizes(prepared.input)[-1][1]
    top = min(wanted, prepared.input.max_length or wanted)
    # The textbook form is run, too, and multiplies more than the graph.
    more = sum(before - after for before, after in (p.multiplications for p in prepared.plan.parts))
    hop = prepared.spec.hop_length if prepared.spec else None
    per_frame = hop if hop and prepared.input.length_axis == "samples" else 1

    def in_reach(length: int) -> bool:
        sizes = {symbols["length"]: length}
        if "batch" in symbols:
            sizes[symbols["batch"]] = prepared.input.admitted_batch(1)
        work, largest = cost(program, sizes)
        work += max(more, 0) * length / per_frame
        return work <= _WORK and largest <= _LARGEST

    while not asked and top > start and not in_reach(top):
        top //= 2
    # Local graphs: the longest alone; it says what the shorter ones do.
    lengths = [top]
    while far and lengths[-1] > _STEP * start:
        lengths.append(lengths[-1] // _STEP)
    return [length for length in reversed(lengths) if length > start]
