"""Modules to ExecuTorch programs for phones, lowered to XNNPACK.

ExecuTorch is imported where it is used: it takes seconds, and is an extra.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from nnaudio_runtime.engines.executorch import METADATA_METHOD, METHOD, runtime
from nnaudio_runtime.quiet import quiet
from torch import nn

from nnaudio_exporters.errors import ExportError, cause
from nnaudio_exporters.format import Engine, Format, Write
from nnaudio_exporters.formats.executorch.unshared_kernels import unshare_kernels
from nnaudio_exporters.pipeline import export
from nnaudio_exporters.prepare.accurate_sums import with_accurate_sums
from nnaudio_exporters.prepare.options import Options
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.result import ExportResult

# Memory is planned for the longest input: this much where nothing is said.
_SECONDS = 30
_SAMPLE_RATE = 16000  # where the module knows none
_FRAMES = 3000  # where it does not know how long they are


@dataclass(frozen=True)
class ExecuTorch(Format):
    """ExecuTorch programs, proved in ExecuTorch.

    Attributes:
        max_samples: longest input, in units of its length axis; None for 30 seconds.
    """

    max_samples: int | None = None

    name = "executorch"
    suffix = ".pte"
    title = "ExecuTorch"
    traces = True

    def check(self, options: Options) -> Options:
        """Refuses half precision, and a longest input where the length is fixed."""
        if options.precision != "fp32":
            raise ValueError(
                f"precision={options.precision!r}: an ExecuTorch program computes in float32: use "
                "'fp32', or export_onnx or export_torchscript for half precision"
            )
        # A stream is for one signal anyway, and its chunks have one length.
        open_length = options.dynamic and not options.streaming
        _check_longest(self.max_samples, open_length=open_length)
        return replace(options, dynamic=open_length)

    def engine(self) -> Engine:
        """ExecuTorch."""
        runtime()
        return Engine("ExecuTorch", version("executorch"))

    def bounded(self, prepared: PreparedModule) -> PreparedModule:
        """For a batch of one, up to the longest input, where shapes are open."""
        fixed = all(isinstance(axis, int) for axis in prepared.input.axes)
        if fixed or prepared.stream is not None:
            return prepared
        one = prepared.with_one_item()
        longest = longest_input(prepared, self.max_samples)
        return replace(one, input=replace(one.input, max_length=longest))

    def convert(self, prepared: PreparedModule) -> Write:
        """The program, with what XNNPACK takes of it handed over."""
        program = _converted(prepared)
        return lambda path, properties: _write(program, path, properties)


def export_executorch(
    layer: nn.Module,
    path: str | os.PathLike[str],
    *,
    num_samples: int | None = None,
    dynamic: bool = True,
    streaming: bool = False,
    chunk: float | None = None,
    samples: int | None = None,
    lower: bool = True,
    max_samples: int | None = None,
    precision: str = "fp32",
    input_dtype: str = "float32",
    longest: int | None = None,
    sample_rate: int | None = None,
    tolerance: float | None = None,
    proof: str = "default",
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
        dynamic: leave the length open; else it is ``num_samples``.
        streaming: write a graph that takes chunks of the signal and keeps a state, so that what it
            gives, put together, is the output for the whole signal.
        chunk: with ``streaming``, the length of a chunk in seconds, rounded up to whole hops; None
            for one hop.
        samples: the same in samples (frames for an inverse).
        lower: write the faster equals of the module's parts, see :func:`lower`; else the
            textbook form.
        max_samples: longest input (frames for an inverse); None for 30 seconds.
        precision: ``"fp32"``, the only one.
        input_dtype: ``"int16"`` for a file that takes 16-bit PCM and divides by 32768 itself; the
            module is given the same audio in float32. Else ``"float32"``.
        longest: of a module that looks at the whole signal (a mean over time, an LSTM), the length
            in samples (frames) up to which the file is proved, and which it takes at most; None for
            ten minutes, or as far as is reasonable to run. What is local in time has no longest.
        sample_rate: of the input in Hz, where something in front of the layer changes it, as a
            decimator does; None where the layer takes the input as it is.
        tolerance: largest parity error, relative to the output's maximum; None for 1e-5.
        proof: ``"search"`` to spend 30 s more on looking for a counter-example, at random and
            where the error is largest; else ``"default"``.
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
    options = Options(
        num_samples,
        dynamic,
        streaming,
        chunk,
        samples,
        lower,
        precision,
        input_dtype,
        longest,
        sample_rate,
    )
    return export(layer, path, ExecuTorch(max_samples), options, tolerance, metadata, proof)


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


def longest_input(prepared: PreparedModule, max_samples: int | None) -> int:
    """The longest input, in units of the length axis.

    Args:
        prepared: with an open length.
        max_samples: as the caller says; None for 30 seconds.

    Raises:
        ValueError: that is too short for the module.
    """
    # ExecuTorch takes a length that can have one value for a fixed one.
    shortest = prepared.input.min_length
    least = shortest + 1
    if max_samples is None:
        return max(_usual_longest(prepared), 2 * least)
    if max_samples < least:
        raise ValueError(
            f"max_samples={max_samples}: must be at least {least}, since the module's shortest "
            f"input is {shortest}; for one length only, pass dynamic=False and "
            "num_samples=..."
        )
    return max_samples


def _usual_longest(prepared: PreparedModule) -> int:
    spec = prepared.spec
    if prepared.input.length_axis == "samples":
        return _SECONDS * (spec.sample_rate if spec else _SAMPLE_RATE)
    if spec is None or spec.hop_length is None:
        return _FRAMES
    return -(-_SECONDS * spec.sample_rate // spec.hop_length)


def _converted(prepared: PreparedModule) -> torch.export.ExportedProgram:
    """The module as a program, what XNNPACK takes of it handed over."""
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower
    from executorch.exir.passes.constant_prop_pass import constant_prop_pass

    length = torch.export.Dim.DYNAMIC(min=prepared.input.min_length, max=prepared.input.max_length)
    shapes = tuple(
        {index: length for index, axis in enumerate(axes) if isinstance(axis, str)}
        for axes in prepared.written_inputs.values()
    )
    module = prepared.written_graph()
    _lay_out(module)
    try:
        with quiet(), torch.no_grad():
            exported = torch.export.export(
                module,
                prepared.example(),
                dynamic_shapes=shapes if any(shapes) else None,
                strict=False,
            )
            exported = with_accurate_sums(exported, frozenset(), in_blocks=True)
            # What depends on weights only is computed now: XNNPACK takes no kernel but a constant.
            exported = constant_prop_pass(exported)
            unshare_kernels(exported)
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
