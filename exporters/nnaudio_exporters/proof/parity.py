"""Parity: does a file compute what the module computes?"""

from __future__ import annotations

import itertools
from dataclasses import replace

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.prepare.inputs import Input
from nnaudio_exporters.prepare.precision import FP32
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.proof.comparison import Comparison, Runner, loudest_input
from nnaudio_exporters.proof.report import ParityReport, ParityRow
from nnaudio_exporters.proof.signals import signals

BATCHES = (1, 3)


def check_parity(
    prepared: PreparedModule, run: Runner, *, engine: str, tolerance: float | None = None
) -> ParityReport:
    """Runs module and file side by side over signals, lengths and batch sizes.

    Args:
        prepared: the module, eager.
        run: runs the file: its own input → outputs by name.
        engine: name and version of what runs the file.
        tolerance: largest error allowed; None for that of the module's precision.

    Returns:
        The report, passed or not.

    Raises:
        ExportError: the module refuses one of the lengths, or the file one that the module takes.
    """
    comparison = Comparison(prepared, run, tolerance)
    model_input = prepared.input
    rows: list[ParityRow] = []
    for batch, length, signal in _cases(prepared):
        x = model_input.admitted(signals()[signal].make(model_input.shape(batch, length)))
        try:
            expected = comparison.module(x)
        except Exception as cause:
            raise ExportError(
                f"the module accepts an input of length {model_input.min_length}, but not batch "
                f"{batch}, length {length}: {cause}\n"
                "If it takes one length only, pass num_samples=... and dynamic=False."
            ) from cause
        try:
            found = comparison.file(x)
        except Exception as cause:
            raise ExportError(
                f"the exported graph refuses batch {batch}, length {length}, which the module "
                f"takes: {cause}"
            ) from cause
        rows += [
            ParityRow(one.output, signal, batch, length, one.error, one.allowed)
            for one in comparison.compare(x, expected, found)
        ]
    report = ParityReport(tuple(rows), comparison.tolerance, prepared.measure, engine)
    if prepared.precision is FP32:
        return report
    faint = "this input's output is faint: compared with that for noise of its level, it is within"
    return replace(report, reason=faint)


def _cases(prepared: PreparedModule) -> list[tuple[int, int, str]]:
    """Batch sizes, lengths and signals; where there is a longest input, it is tried too."""
    sizes = _sizes(prepared.input)
    _, middle = sizes[len(sizes) // 2]
    kinds = signals(loudest_input(prepared))
    everywhere = [name for name, kind in kinds.items() if kind.everywhere]
    cases = [(*size, signal) for size, signal in itertools.product(sizes, everywhere)]
    cases += [(1, middle, name) for name in kinds if name not in everywhere]
    longest = prepared.input.max_length
    return cases if longest is None else [*cases, (1, longest, "noise")]


def _sizes(model_input: Input) -> list[tuple[int, int]]:
    """Batch sizes and lengths: the shortest, an odd one, a long one; or the only one."""
    shortest = model_input.min_length
    if not model_input.open_length:
        return [(1, shortest)]
    batches = BATCHES if "batch" in model_input.axes else (1,)
    odd = 3 * shortest + (shortest + 1) % 2
    # About a second of speech, unless the module's own minimum is longer.
    long = max(8 * shortest, 16000 if model_input.length_axis == "samples" else 100)
    longest = model_input.max_length or long
    lengths = [length for length in (shortest, odd, long) if length <= longest]
    return [(batch, length) for length in lengths for batch in batches]
