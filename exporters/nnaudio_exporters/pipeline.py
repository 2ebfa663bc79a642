"""The one road of every export: write a draft, check parity, describe, move into place."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import nnaudio_runtime
import torch
from nnaudio_runtime.files.metadata import Metadata
from nnaudio_runtime.files.properties import PREFIX

from nnaudio_exporters.errors import ParityError
from nnaudio_exporters.prepare.lowering import LoweringPlan
from nnaudio_exporters.prepare.precision import FP32
from nnaudio_exporters.prepare.prepared import Subject
from nnaudio_exporters.prepare.stream_form import FRAME_BY_FRAME
from nnaudio_exporters.proof.parity import ParityReport, check_parity
from nnaudio_exporters.proof.probes import make_selftest
from nnaudio_exporters.transaction import replacing

Write = Callable[[Path, Mapping[str, str]], None]
"""Writes the graph with these properties to a path."""


@dataclass(frozen=True)
class ExportResult:
    """What an export wrote; ``str`` shows the parity table.

    Attributes:
        path: of the file.
        size: of the file, in bytes.
        metadata: what the file says about itself.
        parity: the comparisons with the eager module.
        plan: what lowering did.
        cuda_fallbacks: nodes for which ONNX Runtime has no CUDA kernel (ONNX files only).
    """

    path: Path
    size: int
    metadata: Metadata
    parity: ParityReport
    plan: LoweringPlan
    cuda_fallbacks: tuple[nnaudio_runtime.Fallback, ...] = ()

    def __str__(self) -> str:
        axes = "; ".join(", ".join(axes) for axes in self.metadata.output_axes)
        text = (
            f"{self.path}  {self.size / 1000:,.0f} kB  {self.metadata.layer} "
            f"({', '.join(self.metadata.input_axes)}) -> ({axes})\n{self.plan}\n{self.parity}"
        )
        stream = self.metadata.streaming
        if stream is not None:
            units = self.metadata.length_axis
            text += (
                f"\nstreams in chunks of {stream.chunk} {units}, {stream.frames_per_chunk} frames, "
                f"{stream.latency} {units} late, with a state of {stream.state_size} values"
            )
        if self.cuda_fallbacks:
            operators = ", ".join(sorted({node.op_type for node in self.cuda_fallbacks}))
            text += f"\nOn CUDA, ONNX Runtime runs these operators on the CPU: {operators}"
        return text


def export(
    subject: Subject,
    target: Path,
    writer: Callable[[Subject], Write],
    *,
    engine: tuple[str, str],
    tolerance: float | None,
    extra: Mapping[str, str] | None,
) -> ExportResult:
    """Writes a graph, proves it against its module and only then puts it in place.

    Args:
        subject: the module.
        target: the file to make or replace.
        writer: makes of a subject what writes its graph in its format.
        engine: name and version of what will run it.
        tolerance: largest parity error; None for the default.
        extra: the user's own properties.

    Raises:
        ParityError: the graph differs from the module; nothing was written.
    """
    check_arguments(tolerance, extra)
    described = replace(_metadata(subject), extra=dict(extra or {}))
    write = writer(subject)
    with replacing(target) as draft:
        write(draft, described.to_properties())
        graph = nnaudio_runtime.load(draft, providers="cpu")
        report = check_parity(subject, graph.run, engine=" ".join(engine), tolerance=tolerance)
        if not report.passed:
            raise ParityError(report, _what_holds(subject, writer, draft, engine))
        described = replace(
            described,
            parity=_summary(report, engine),
            # The self-test's input is noise.
            selftest=make_selftest(
                subject, max(row.allowed for row in report.rows if row.signal == "noise")
            ),
        )
        write(draft, described.to_properties())
        # What is moved into place is what was loaded and proved, self-test included.
        nnaudio_runtime.load(draft, providers="cpu").selftest()
        size = sum(path.stat().st_size for path in draft.parent.iterdir())
    return ExportResult(target, size, described, report, subject.plan)


def _what_holds(
    subject: Subject, writer: Callable[[Subject], Write], draft: Path, engine: tuple[str, str]
) -> str:
    """A sentence on what would hold: of a stream, or of float32 in place of half precision."""
    if subject.stream is not None:
        return f"in a stream, {FRAME_BY_FRAME}"
    if subject.precision is FP32:
        return ""
    single = replace(subject, precision=FP32)
    writer(single)(draft, _metadata(single).to_properties())
    graph = nnaudio_runtime.load(draft, providers="cpu")
    report = check_parity(single, graph.run, engine=" ".join(engine))
    verdict = "holds" if report.passed else "fails too"
    return (
        f"precision='fp32' {verdict}, with an error of {report.worst:.0e}; a larger tolerance= "
        f"accepts {subject.precision.name} as it is"
    )


def check_arguments(tolerance: float | None, extra: Mapping[str, str] | None) -> None:
    """Checks the arguments that all exporters share.

    Raises:
        ValueError: a value is out of its range.
    """
    if tolerance is not None and not (math.isfinite(tolerance) and tolerance > 0):
        raise ValueError(f"tolerance={tolerance!r}: must be a finite number above 0")
    for key, value in (extra or {}).items():
        if not isinstance(key, str) or not isinstance(value, str) or key.startswith(PREFIX):
            raise ValueError(
                f"metadata {key!r}: {value!r}: keys and values must be strings, and keys that "
                f"start with {PREFIX!r} are the exporter's own"
            )


def _metadata(subject: Subject) -> Metadata:
    spec = subject.spec
    inputs = tuple(map(str, subject.input_axes))
    # A front end's own names say more than sizes do: "mels" instead of "80".
    outputs = subject.output_axes
    if spec and subject.is_front_end and len(spec.outputs) == len(outputs):
        outputs = tuple(axes for _, axes in spec.outputs)
    return Metadata(
        layer=spec.layer if spec else type(subject.module).__name__,
        config=spec.config if spec else {},
        sample_rate=spec.sample_rate if spec else None,
        hop_length=spec.hop_length if spec else None,
        frame_offset=spec.frame_offset if spec else None,
        min_length=subject.min_length,
        max_length=subject.max_length,
        input_axes=inputs,
        input_domain=subject.input_domain,
        input_dtype=subject.input_dtype,
        precision=subject.precision.name,
        output_axes=tuple(tuple(map(str, axes)) for axes in outputs),
        output_names=subject.output_names,
        weights_sha256=subject.weights_sha256(),
        streaming=subject.stream.spec if subject.stream else None,
    )


def _summary(report: ParityReport, engine: tuple[str, str]) -> str:
    # Rounded up to one digit: the last bits of an error are no property of the graph.
    worst = report.worst
    step = 10.0 ** math.floor(math.log10(worst)) if worst > 0 else 1.0
    bound = math.ceil(worst / step - 1e-9) * step
    name, version = engine
    return (
        f"worst={bound:.0e} rounding={len(report.rounding)}/{len(report.rows)} "
        f"tolerance={report.tolerance:.0e} "
        f"torch={torch.__version__.split('+')[0]} {name.replace(' ', '')}={version}"
    )
