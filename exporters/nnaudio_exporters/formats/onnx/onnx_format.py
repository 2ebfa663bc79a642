"""Modules to ONNX files, through ``torch.onnx.export(dynamo=True)``.

onnx and onnxscript are imported where they are used: they take most of a second, which somebody who
only trains should not wait for.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from nnaudio_runtime import cuda_fallbacks
from nnaudio_runtime.extras import onnxruntime
from nnaudio_runtime.quiet import quiet
from torch import nn

from nnaudio_exporters.errors import ExportError, cause
from nnaudio_exporters.format import Engine, Format, Write
from nnaudio_exporters.formats.onnx.missing_operators import RULES
from nnaudio_exporters.formats.onnx.profiles import check_profile
from nnaudio_exporters.pipeline import export
from nnaudio_exporters.prepare.accurate_sums import with_accurate_sums
from nnaudio_exporters.prepare.options import Options
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.prepare.tracing import open_sizes, traced
from nnaudio_exporters.result import ExportResult

if TYPE_CHECKING:
    from onnx import ModelProto

# Below opset 18 PyTorch converts down with an adapter that fails on some graphs; above 18,
# ONNX Runtime's CUDA provider lacks Pad (19) and ConvTranspose (22).
FIRST_OPSET = 18
DEFAULT_OPSET = 18

# Protocol buffers end at 2 GB; from here on the weights go into a side file.
_SIDE_FILE_BYTES = 10**9


@dataclass(frozen=True)
class Onnx(Format):
    """ONNX files, proved in ONNX Runtime.

    Attributes:
        opset: ONNX operator set.
        profile: name of what the graph is written for.
    """

    opset: int = DEFAULT_OPSET
    profile: str = "general"

    name = "onnx"
    suffix = ".onnx"
    title = "ONNX"
    traces = True

    def check(self, options: Options) -> Options:
        """Refuses unknown operator sets and profiles, and bfloat16."""
        import onnx

        last = onnx.defs.onnx_opset_version()
        if not FIRST_OPSET <= self.opset <= last:
            raise ValueError(f"opset={self.opset}: must be from {FIRST_OPSET} to {last}")
        if options.precision == "bf16":
            raise ValueError(
                "precision='bf16': ONNX Runtime's CPU provider has no bfloat16 convolution or "
                "matrix product, so that nothing could be proved: use 'fp16', or export_torchscript"
            )
        return check_profile(self.profile).check(options)

    def engine(self) -> Engine:
        """ONNX Runtime."""
        return Engine("ONNX Runtime", onnxruntime().__version__)

    def convert(self, prepared: PreparedModule) -> Write:
        """The graph, tidied and as its profile wants it."""
        model = check_profile(self.profile).rewrite(_converted(prepared, self.opset))
        return lambda path, properties: _write(model, path, properties)


def export_onnx(
    layer: nn.Module,
    path: str | os.PathLike[str],
    *,
    num_samples: int | None = None,
    dynamic: bool = True,
    streaming: bool = False,
    chunk: float | None = None,
    samples: int | None = None,
    lower: bool = True,
    opset: int = DEFAULT_OPSET,
    precision: str = "fp32",
    input_dtype: str = "float32",
    longest: int | None = None,
    sample_rate: int | None = None,
    profile: str = "general",
    tolerance: float | None = None,
    proof: str = "default",
    metadata: Mapping[str, str] | None = None,
) -> ExportResult:
    """Freezes a module into an ONNX file that is proved to compute the same.

    The file is written only if it passes ``onnx.checker`` with type inference and, in ONNX
    Runtime, agrees with the eager module over lengths, batch sizes and signals. On any failure
    nothing is written and an old file stays.

    Args:
        layer: any module with one input: a layer of ours, a model that contains one, or neither
            (then the input is audio ``(batch, samples)``). It stays as it is; on a GPU, a copy is
            taken to the CPU.
        path: of the file, ending in ``.onnx``.
        num_samples: with ``dynamic=False`` the fixed length of the input (frames for an inverse);
            else a length to try first when looking for the shortest one.
        dynamic: leave ``batch`` and ``samples`` open; else one item of ``num_samples``.
        streaming: write a graph that takes chunks of the signal and keeps a state, so that what it
            gives, put together, is the output for the whole signal. With ``dynamic=False`` it is
            for one signal, and a little faster at that.
        chunk: with ``streaming``, the length of a chunk in seconds, rounded up to whole hops; None
            for one hop.
        samples: the same in samples (frames for an inverse).
        opset: ONNX operator set, from 18.
        precision: ``"fp16"`` to compute what is linear in half precision, float32 in and out, see
            :mod:`nnaudio_exporters.prepare.precision`; else ``"fp32"``.
        input_dtype: ``"int16"`` for a file that takes 16-bit PCM and divides by 32768 itself; the
            module is given the same audio in float32. Else ``"float32"``.
        longest: of a module that looks at the whole signal (a mean over time, an LSTM), the length
            in samples (frames) up to which the file is proved, and which it takes at most; None for
            ten minutes, or as far as is reasonable to run. What is local in time has no longest.
        sample_rate: of the input in Hz, where something in front of the layer changes it, as a
            decimator does; None where the layer takes the input as it is.
        profile: ``"mobile"`` for what the accelerators of phones take: one item of
            ``num_samples`` (``dynamic`` then counts as False), convolutions over two axes, no
            axis longer than CoreML takes, see :mod:`nnaudio_exporters.formats.onnx.mobile`; else
            ``"general"``.
        lower: write the faster equals of the module's parts, see :func:`lower`; else the
            textbook form.
        tolerance: largest parity error, relative to the output's maximum; None for 1e-5, and
            4e-3 in half precision.
        proof: ``"search"`` to spend 30 s more on looking for a counter-example, at random and
            where the error is largest; else ``"default"``.
        metadata: further properties for the file, strings.

    Returns:
        The result: path, size, metadata and the parity report.

    Raises:
        ValueError: an argument or the module is unfit, with what would be right.
        OSError: the path cannot be written.
        ImportError: ONNX Runtime is not installed; the message names the extra.
        ExportError: the module cannot be expressed as a graph.
        ParityError: the graph differs from the module.

    Example:
        >>> import tempfile
        >>> from nnaudio_export import MelSpectrogram
        >>> mel = MelSpectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=40)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     result = export_onnx(mel, Path(folder) / "mel.onnx")
        >>> result.metadata.min_length, result.parity.passed
        (201, True)
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
    result = export(layer, path, Onnx(opset, profile), options, tolerance, metadata, proof)
    return replace(result, cuda_fallbacks=tuple(cuda_fallbacks(result.path)))


def _converted(prepared: PreparedModule, opset: int) -> ModelProto:
    """The graph of a module, tidied."""
    program = prepared.program or traced(prepared, "ONNX")
    items = open_sizes(program, prepared).get("batch")
    try:
        with quiet():
            known = items.free_symbols if items else frozenset()
            program = with_accurate_sums(program, known, RULES)
            converted = torch.onnx.export(
                program,
                dynamo=True,
                opset_version=opset,
                input_names=list(prepared.written_inputs),
                output_names=list(prepared.written_outputs),
                optimize=False,
                verbose=False,
            )
    except Exception as error:
        raise ExportError(f"the module cannot be exported to ONNX: {cause(error)}") from error
    from nnaudio_exporters.formats.onnx.onnx_graph import tidy

    assert converted is not None
    return tidy(converted.model, prepared, opset)


def _write(model: ModelProto, path: Path, properties: Mapping[str, str]) -> None:
    """Writes model and properties, checks the file."""
    import onnx

    onnx.helper.set_model_props(model, dict(properties))
    if model.ByteSize() < _SIDE_FILE_BYTES:
        path.write_bytes(model.SerializeToString(deterministic=True))
    else:
        onnx.save(
            copy.deepcopy(model),
            path,
            save_as_external_data=True,
            location=f"{path.name}.data",
        )
    onnx.checker.check_model(path, full_check=True)
