"""The proof of a file: its domain first, then parity over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch.export import ExportedProgram

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.prepare.assumptions import assumptions
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.prepare.structure import Cost, WholeSignal, cost, whole_signal
from nnaudio_exporters.prepare.tracing import open_sizes, traced
from nnaudio_exporters.proof.domain import bounded_domain
from nnaudio_exporters.proof.parity import PLAIN, Comparison, check_parity
from nnaudio_exporters.proof.report import ParityReport, ParityRow
from nnaudio_exporters.proof.sizes import core_sizes
from nnaudio_exporters.proof.work import work

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
    start = core_sizes(prepared.input)[-1][1]
    reach = max(start, min(wanted, prepared.input.max_length or wanted))
    if longest is None:
        reach = _in_reach(prepared, program, symbols, start, reach)
    bounds: list[str] = []
    if "length" in symbols and binding:
        model_input, bounds = bounded_domain(
            prepared.input,
            assumptions(program, prepared),
            reach,
            partial(comparison.agree, roughly=True),
        )
        prepared = replace(prepared, input=model_input)
    lengths = _lengths(start, min(reach, prepared.input.max_length or reach), far=bool(far))
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


def _in_reach(
    prepared: PreparedModule,
    program: ExportedProgram,
    symbols: dict[str, object],
    start: int,
    top: int,
) -> int:
    """A length as long as is wanted, or as is reasonable to run."""
    if top == start or "length" not in symbols:
        return top
    batch = prepared.input.admitted_batch(1)

    def graph_at(length: int) -> Cost:
        return cost(program, {symbols["length"]: length, symbols.get("batch"): batch})

    # The module itself is what takes long. Its work grows with the length as that of its graph.
    eager = work(prepared.module, torch.from_numpy(prepared.input.generated(batch, start)))
    share = eager / graph_at(start).work
    while top > start:
        graph = graph_at(top)
        if share * graph.work <= _WORK and graph.largest <= _LARGEST:
            break
        top = max(start, top // 2)
    return top


def _lengths(start: int, top: int, *, far: bool) -> Sequence[int]:
    """Longer inputs: of a local graph the longest alone; it says what the shorter ones do."""
    lengths = [top]
    while far and lengths[-1] > _STEP * start:
        lengths.append(lengths[-1] // _STEP)
    return [length for length in reversed(lengths) if length > start]
