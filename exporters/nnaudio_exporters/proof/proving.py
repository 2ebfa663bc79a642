"""The proof of a file: its domain first, then parity over it."""

from __future__ import annotations

import itertools
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
from nnaudio_exporters.proof.parity import Comparison, check_parity
from nnaudio_exporters.proof.report import ParityReport
from nnaudio_exporters.proof.sizes import core_sizes

_MINUTE = 60.0
# Longest audio for which a graph that looks at the whole signal is proved, in seconds.
DEFAULT_LONGEST = 600.0
# What one run of the module may take: some seconds, and a tensor of a gigabyte.
_WORK, _LARGEST = 2e11, 2.5e8
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
    if far:
        # Up to where it holds: rounding that grows with the length ends somewhere.
        if longest is None:
            batch = prepared.input.admitted_batch(1)
            lengths = list(itertools.takewhile(lambda n: comparison.agree(batch, n), lengths))
        reached = max([*lengths, core_sizes(prepared.input)[-1][1]])
        prepared = replace(prepared, input=replace(prepared.input, max_length=reached))
    report = check_parity(comparison.within(prepared), engine=engine, lengths=lengths)
    return Proof(prepared, report, tuple(far), tuple(bounds))


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
    found: list[int] = []
    length = start
    # The textbook form is run, too, and multiplies more than the graph.
    before = sum(part.multiplications[0] for part in prepared.plan.parts)
    after = sum(part.multiplications[1] for part in prepared.plan.parts)
    slower = max(1.0, before / after) if after else 1.0
    while length < top:
        length = min(4 * length, top)
        sizes = {symbols["length"]: length}
        if "batch" in symbols:
            sizes[symbols["batch"]] = prepared.input.admitted_batch(1)
        work, largest = cost(program, sizes)
        if not asked and (work * slower > _WORK or largest > _LARGEST):
            break
        found.append(length)
    # Local graphs: the longest alone; it says what the shorter ones do.
    return found if far else found[-1:]
