"""Parity: does a file compute what the module computes?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.prepare.inputs import Input
from nnaudio_exporters.prepare.precision import FP32
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.proof.allowance import Allowance
from nnaudio_exporters.proof.difference import Array, difference
from nnaudio_exporters.proof.report import ParityReport, ParityRow
from nnaudio_exporters.proof.signals import SIGNALS

Runner = Callable[[NDArray[np.generic]], Mapping[str, Array]]

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
    tolerance = prepared.precision.tolerance if tolerance is None else tolerance
    model_input = prepared.input
    rows: list[ParityRow] = []
    allowance = Allowance(prepared, tolerance)
    for batch, length, signal in _cases(model_input):
        x = model_input.admitted(SIGNALS[signal](model_input.shape(batch, length)))
        try:
            expected = prepared.run(x)
        except Exception as cause:
            raise ExportError(
                f"the module accepts an input of length {model_input.min_length}, but not batch "
                f"{batch}, length {length}: {cause}\n"
                "If it takes one length only, pass num_samples=... and dynamic=False."
            ) from cause
        try:
            found = run(model_input.for_file(x))
        except Exception as cause:
            raise ExportError(
                f"the exported graph refuses batch {batch}, length {length}, which the module "
                f"takes: {cause}"
            ) from cause
        weight = prepared.weight(x)
        for output, tensor in expected.items():
            reference = tensor.numpy()
            error = difference(reference, found[output], prepared.measure, weight)
            allowed = tolerance
            if not error <= tolerance:
                allowed = allowance.allowed(x, output, reference, error, weight)
            rows.append(ParityRow(output, signal, batch, length, error, allowed))
    report = ParityReport(tuple(rows), tolerance, prepared.measure, engine)
    if prepared.precision is FP32:
        return report
    faint = "this input's output is faint: compared with that for noise of its level, it is within"
    return replace(report, reason=faint)


def _cases(model_input: Input) -> list[tuple[int, int, str]]:
    """Batch sizes, lengths and signals; where there is a longest input, it is tried too."""
    cases = [(*size, signal) for size, signal in itertools.product(_sizes(model_input), SIGNALS)]
    longest = model_input.max_length
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
