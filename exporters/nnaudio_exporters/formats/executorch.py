"""Modules to ExecuTorch programs for phones, lowered to XNNPACK.

ExecuTorch is imported where it is used: it takes seconds, and is an extra.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from nnaudio_runtime.engines.executorch import METADATA_METHOD, METHOD, runtime
from nnaudio_runtime.quiet import quiet
from torch import nn

from nnaudio_exporters.errors import ExportError, cause
from nnaudio_exporters.formats.unshared_kernels import own_kernels
from nnaudio_exporters.pipeline import ExportResult, Write, check_arguments, export
from nnaudio_exporters.prepare.pcm import check_input_dtype
from nnaudio_exporters.prepare.prepared import Subject, of_one_item, prepare
from nnaudio_exporters.prepare.stream_form import chunk_length
from nnaudio_exporters.transaction import check_target

# Memory is planned for the longest input: this much where nothing is said.
_SECONDS = 30
_SAMPLE_RATE = 16000  # where the module knows none
_FRAMES = 3000  # where it does not know how long they are


def export_executorch(
    layer: nn.Module,
    path: str | os.PathLike[str],
    *,
    num_samples: int | None = None,
    max_samples: int | None = None,
    dynamic: bool = True,
    streaming: bool = False,
    chunk: float | None = None,
    samples: int | None = None,
    lower: bool = True,
    precision: str = "fp32",
    input_dtype: str = "float32",
    tolerance: float | None = None,
    metadata: Mapping[str, str] | None = None,
) -> ExportResult:
    """Freezes a module into an ExecuTorch program that is proved to compute the same.

    As :func:`nnaudio_exporters.export_onnx`, for ExecuTorch, which plans all memory beforehand: a
    program takes one signal at a time, a batch of 1, up to a longest length. XNNPACK computes what
    it can, ExecuTorch's portable kernels the rest. The properties are what the program's constant
    method ``nnaudio`` returns, one JSON object of strings.

    Args:
        layer: any module with one input that ``torch.export`` accepts.
        path: of the file, ending in ``.pte``.
        num_samples: with ``dynamic=False`` the fixed length of the input (frames for an inverse);
            else a length to try first when looking for the shortest one.
        max_samples: longest input (frames for an inverse); None for 30 seconds.
        dynamic: leave the length open; else it is ``num_samples``.
        streaming: write a graph that takes chunks of the signal and keeps a state, so that what it
            gives, put together, is the output for the whole signal.
        chunk: with ``streaming``, the length of a chunk in seconds, rounded up to whole hops; None
            for one hop.
        samples: the same in samples (frames for an inverse).
        lower: write the faster equals of the module's parts, see :func:`lower`; else the
            textbook form.
        precision: ``"fp32"``, the only one.
        input_dtype: ``"int16"`` for a file that takes 16-bit PCM and divides by 32768 itself; the
            module is given the same audio in float32. Else ``"float32"``.
        tolerance: largest parity error, relative to the output's maximum; None for 1e-5.
        metadata: further properties for the file, strings.

    Returns:
        The result: path, size, metadata and the parity report.

    Raises:
        ValueError: an argument or the module is unfit, with what would be right.
        OSError: the path cannot be written.
        ImportError: ExecuTorch is not installed; the message names the extra.
        ExportError: the module cannot be expressed as a program.
        ParityError: the program differs from the module.
    """
    target = check_target(path, ".pte")
    check_arguments(tolerance, metadata)
    if precision != "fp32":
        raise ValueError(
            f"precision={precision!r}: an ExecuTorch program computes in float32: use 'fp32', or "
            "export_onnx or export_torchscript for half precision"
        )
    chunked = chunk_length(streaming, chunk, samples)
    _check_longest(max_samples, open_length=dynamic and not streaming)
    runtime()
    subject = prepare(
        layer,
        num_samples=num_samples,
        # A stream is for one signal anyway, and its chunks have one length.
        dynamic=dynamic and not streaming,
        lower=lower,
        streaming=chunked,
        input_dtype=check_input_dtype(input_dtype),
    )
    if dynamic and not streaming:
        subject = replace(of_one_item(subject), max_length=_longest(subject, max_samples))

    def writer(subject: Subject) -> Write:
        program = _convert(subject)
        return lambda draft, properties: _write(program, draft, properties)

    return export(
        subject,
        target,
        writer,
        engine=("ExecuTorch", version("executorch")),
        tolerance=tolerance,
        extra=metadata,
    )


def _check_longest(max_samples: int | None, *, open_length: bool) -> None:
    if max_samples is None:
        return
    if not open_length:
        raise ValueError(
            f"max_samples={max_samples!r}: only for dynamic=True and whole signals, whose length "
            "is open"
        )
    if isinstance(max_samples, bool) or not isinstance(max_samples, int) or max_samples < 1:
        raise ValueError(f"max_samples={max_samples!r}: must be a whole number of at least 1")


def _longest(subject: Subject, max_samples: int | None) -> int:
    """The longest input, in units of the length axis."""
    # ExecuTorch takes a length that can have one value for a fixed one.
    least = subject.min_length + 1
    if max_samples is None:
        return max(_usual_longest(subject), 2 * least)
    if max_samples < least:
        raise ValueError(
            f"max_samples={max_samples}: must be at least {least}, since the module's shortest "
            f"input is {subject.min_length}; for one length only, pass dynamic=False and "
            "num_samples=..."
        )
    return max_samples


def _usual_longest(subject: Subject) -> int:
    spec = subject.spec
    if "samples" in subject.input_axes:
        return _SECONDS * (spec.sample_rate if spec else _SAMPLE_RATE)
    if spec is None or spec.hop_length is None:
        return _FRAMES
    return -(-_SECONDS * spec.sample_rate // spec.hop_length)


def _convert(subject: Subject) -> torch.export.ExportedProgram:
    """The module as a program, what XNNPACK takes of it handed over."""
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower
    from executorch.exir.passes.constant_prop_pass import constant_prop_pass

    length = torch.export.Dim.DYNAMIC(min=subject.min_length, max=subject.max_length)
    shapes = tuple(
        {index: length for index, axis in enumerate(axes) if isinstance(axis, str)}
        for axes in subject.written_inputs.values()
    )
    module = subject.whole_graph()
    _lay_out(module)
    try:
        with quiet(), torch.no_grad():
            exported = torch.export.export(
                module,
                subject.example(),
                dynamic_shapes=shapes if any(shapes) else None,
                strict=False,
            )
            # What depends on weights only is computed now: XNNPACK takes no kernel but a constant.
            exported = constant_prop_pass(exported)
            own_kernels(exported)
            edge = to_edge_transform_and_lower(exported, partitioner=[XnnpackPartitioner()])
    except Exception as error:
        raise ExportError(f"the module cannot be exported to ExecuTorch: {cause(error)}") from error
    return edge.exported_program()


def _lay_out(module: nn.Module) -> None:
    """Brings weights into the form that ExecuTorch takes.

    All buffers belong to the state; and no stride is 0, as NumPy gives it to an axis of size 1.
    """
    for part in module.modules():
        part._non_persistent_buffers_set.clear()
    for weight in (*module.parameters(), *module.buffers()):
        weight.data = weight.data.flatten().clone().view(weight.shape)


def _write(
    program: torch.export.ExportedProgram, path: Path, properties: Mapping[str, str]
) -> None:
    """Plans the memory and writes the program, with its properties as a constant method."""
    from executorch.exir import EdgeCompileConfig, EdgeProgramManager

    try:
        with quiet():
            planned = EdgeProgramManager(
                {METHOD: copy.deepcopy(program)},  # planning changes it
                {METADATA_METHOD: json.dumps(dict(properties))},
                EdgeCompileConfig(_check_ir_validity=False),  # it was checked before
            ).to_executorch()
    except Exception as error:
        raise ExportError(f"the module cannot be exported to ExecuTorch: {cause(error)}") from error
    _check_kernels(planned.executorch_program)
    path.write_bytes(planned.buffer)


def _check_kernels(program: Any) -> None:
    """Refuses operators that ExecuTorch would miss when it runs the program."""
    needed = {
        f"{one.name}.{one.overload}".rstrip(".")
        for plan in program.execution_plan
        for one in plan.operators
    }
    missing = sorted(needed - set(runtime().operator_registry.operator_names))
    if missing:
        raise ExportError(
            f"ExecuTorch has no kernel for {', '.join(missing)}: leave that to the caller, or use "
            "export_onnx"
        )
