"""The one road of every export: prepare, convert, prove, describe, move into place."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from nnaudio_runtime.files.metadata import Metadata
from nnaudio_runtime.files.properties import PREFIX
from torch import nn

from nnaudio_exporters.format import Engine, Format
from nnaudio_exporters.prepare.frozen import weights_sha256
from nnaudio_exporters.prepare.options import Options
from nnaudio_exporters.prepare.precision import FP32
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.prepare.steps import prepare
from nnaudio_exporters.prepare.stream import FRAME_BY_FRAME
from nnaudio_exporters.prepare.tracing import traced
from nnaudio_exporters.proof.parity import Comparison, check_parity
from nnaudio_exporters.proof.probes import make_selftest
from nnaudio_exporters.proof.proving import prove
from nnaudio_exporters.proof.report import ParityError, ParityReport
from nnaudio_exporters.proof.search.seeking import SECONDS, search
from nnaudio_exporters.result import ExportResult
from nnaudio_exporters.transaction import check_target, replacing

# Seconds that are spent on looking for a counter-example; None for none.
PROOFS = {"default": None, "search": SECONDS}
_NOT_WRITTEN = (
    "No file was written: the same export with proof='default' writes the one that is loaded here."
)
# PyTorch's tracing and its settings are the process's: exports in several threads take turns.
_one_at_a_time = threading.RLock()


def export(
    layer: nn.Module,
    path: str | os.PathLike[str],
    format: Format,
    options: Options,
    tolerance: float | None,
    metadata: Mapping[str, str] | None,
    proof: str = "default",
) -> ExportResult:
    """Writes a module's graph, proves it against the module and only then puts it in place.

    Args:
        layer: the module.
        path: of the file to make or replace.
        format: that it is written in.
        options: how the module is prepared.
        tolerance: largest parity error; None for that of the precision.
        metadata: the user's own properties.
        proof: ``"search"`` to look for a counter-example too, else ``"default"``.

    Raises:
        ValueError: an argument or the module is unfit, with what would be right.
        OSError: the path cannot be written.
        ImportError: what runs the format is not installed.
        ExportError: the module cannot be expressed in the format.
        ParityError: the graph differs from the module; nothing was written.
    """
    target = check_target(path, format.suffix)
    _check_tolerance(tolerance)
    _check_properties(metadata)
    seconds = _seconds_of_search(proof)
    options = format.check(options)
    with _one_at_a_time:
        return _exported(layer, target, format, options, tolerance, metadata, seconds)


def _exported(
    layer: nn.Module,
    target: Path,
    format: Format,
    options: Options,
    tolerance: float | None,
    metadata: Mapping[str, str] | None,
    seconds: float | None,
) -> ExportResult:
    engine = format.engine()

    prepared = format.bounded(prepare(layer, options))
    if format.traces:
        prepared = replace(prepared, program=traced(prepared, format.title))
    write = format.convert(prepared)
    with replacing(target) as draft:
        write(draft, _metadata(prepared).to_properties())
        comparison = Comparison(prepared, format.load(draft).run, tolerance)
        proof = prove(
            comparison, engine=str(engine), binding=format.traces, longest=options.longest
        )
        prepared, report = proof.prepared, proof.report
        if not report.passed:
            raise ParityError(report, _what_holds(prepared, format, engine, draft))
        searched = None
        if seconds is not None:
            bounded = comparison.within(prepared)
            searched = search(bounded, _metadata(prepared), str(target), seconds=seconds)
            if not searched.passed:
                raise ParityError(report, _NOT_WRITTEN, searched.counterexample)
        described = replace(
            _metadata(prepared),
            extra=dict(metadata or {}),
            parity=_summary(report, engine),
            # The self-test's input is noise.
            selftest=make_selftest(
                prepared, max(row.allowed for row in report.rows if row.signal == "noise")
            ),
        )
        write(draft, described.to_properties())
        # What is moved into place is what was loaded and proved, self-test included.
        format.load(draft).selftest()
        size = sum(file.stat().st_size for file in draft.parent.iterdir())
    return ExportResult(
        target,
        size,
        described,
        report,
        prepared.plan,
        proof.whole_signal,
        proof.bounds,
        search=searched,
    )


def _seconds_of_search(proof: str) -> float | None:
    if proof not in PROOFS:
        raise ValueError(f"proof={proof!r}: must be one of {', '.join(PROOFS)}")
    return PROOFS[proof]


def _check_tolerance(tolerance: float | None) -> None:
    if tolerance is not None and not (math.isfinite(tolerance) and tolerance > 0):
        raise ValueError(f"tolerance={tolerance!r}: must be a finite number above 0")


def _check_properties(metadata: Mapping[str, str] | None) -> None:
    for key, value in (metadata or {}).items():
        if not isinstance(key, str) or not isinstance(value, str) or key.startswith(PREFIX):
            raise ValueError(
                f"metadata {key!r}: {value!r}: keys and values must be strings, and keys that "
                f"start with {PREFIX!r} are the exporter's own"
            )


def _what_holds(prepared: PreparedModule, format: Format, engine: Engine, draft: Path) -> str:
    """A sentence on what would hold: of a stream, or of float32 in place of half precision."""
    if prepared.stream is not None:
        return f"in a stream, {FRAME_BY_FRAME}"
    if prepared.precision is FP32:
        return ""
    single = replace(prepared, precision=FP32, program=None)
    format.convert(single)(draft, _metadata(single).to_properties())
    report = check_parity(Comparison(single, format.load(draft).run, None), engine=str(engine))
    verdict = "holds" if report.passed else "fails too"
    return (
        f"precision='fp32' {verdict}, with an error of {report.worst:.0e}; a larger tolerance= "
        f"accepts {prepared.precision.name} as it is"
    )


def _metadata(prepared: PreparedModule) -> Metadata:
    """What the file says about itself, before anything is proved."""
    spec, model_input = prepared.spec, prepared.input
    # A front end's own names say more than sizes do: "mels" instead of "80".
    own = prepared.described.outputs if prepared.described else ()
    outputs = dict(own) if len(own) == len(prepared.outputs) else prepared.outputs
    return Metadata(
        layer=prepared.name,
        config=spec.config if spec else {},
        sample_rate=spec.sample_rate if spec else None,
        hop_length=spec.hop_length if spec else None,
        frame_offset=spec.frame_offset if spec else None,
        min_length=model_input.min_length,
        max_length=model_input.max_length,
        min_batch=model_input.min_batch,
        max_batch=model_input.max_batch,
        input_axes=tuple(map(str, model_input.axes)),
        input_domain=model_input.domain,
        input_dtype=model_input.dtype,
        precision=prepared.precision.name,
        output_axes=tuple(tuple(map(str, axes)) for axes in outputs.values()),
        output_names=tuple(prepared.outputs),
        weights_sha256=weights_sha256(prepared.module),
        streaming=prepared.stream.spec if prepared.stream else None,
    )


def _summary(report: ParityReport, engine: Engine) -> str:
    # Rounded up to one digit: the last bits of an error are no property of the graph.
    worst = report.worst
    step = 10.0 ** math.floor(math.log10(worst)) if worst > 0 else 1.0
    bound = math.ceil(worst / step - 1e-9) * step
    return (
        f"worst={bound:.0e} rounding={len(report.rounding)}/{len(report.rows)} "
        f"tolerance={report.tolerance:.0e} "
        f"torch={torch.__version__.split('+')[0]} {engine.name.replace(' ', '')}={engine.version}"
    )
