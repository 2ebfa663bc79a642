"""Modules to TorchScript files. PyTorch deprecates TorchScript; this module alone knows it.

What is saved is one frozen function: constants for weights, no classes, no source paths. So the
file is the same every time, small, and opens wherever LibTorch runs.
"""

from __future__ import annotations

import io
import json
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from nnaudio_exporters.errors import ExportError, headline
from nnaudio_exporters.format import Engine, Format, Write
from nnaudio_exporters.pipeline import export
from nnaudio_exporters.prepare.options import Options
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.result import ExportResult

EXTRA_FILE = "nnaudio.json"


@dataclass(frozen=True)
class TorchScript(Format):
    """TorchScript files, proved in PyTorch."""

    name = "torchscript"
    suffix = ".pt"

    def check(self, options: Options) -> Options:
        """TorchScript takes all there is."""
        return options

    def engine(self) -> Engine:
        """PyTorch."""
        return Engine("TorchScript", torch.__version__.split("+")[0])

    def convert(self, prepared: PreparedModule) -> Write:
        """The module as one function."""
        function = _converted(prepared)
        return lambda path, properties: _write(function, path, properties)


def export_torchscript(
    layer: nn.Module,
    path: str | os.PathLike[str],
    *,
    num_samples: int | None = None,
    dynamic: bool = True,
    streaming: bool = False,
    chunk: float | None = None,
    samples: int | None = None,
    lower: bool = True,
    precision: str = "fp32",
    input_dtype: str = "float32",
    longest: int | None = None,
    sample_rate: int | None = None,
    tolerance: float | None = None,
    proof: str = "default",
    metadata: Mapping[str, str] | None = None,
) -> ExportResult:
    """Freezes a module into a TorchScript file that is proved to compute the same.

    As :func:`nnaudio_exporters.export_onnx`, for LibTorch. The properties lie in the archive's
    extra file ``nnaudio.json``, one JSON object of strings.

    Args:
        layer: any module with one input that ``torch.jit.script`` accepts.
        path: of the file, ending in ``.pt``.
        num_samples: with ``dynamic=False`` the fixed length of the input (frames for an inverse);
            else a length to try first when looking for the shortest one.
        dynamic: leave ``batch`` and ``samples`` open; else the runtime takes one item of
            ``num_samples`` only.
        streaming: write a graph that takes chunks of the signal and keeps a state, so that what it
            gives, put together, is the output for the whole signal.
        chunk: with ``streaming``, the length of a chunk in seconds, rounded up to whole hops; None
            for one hop.
        samples: the same in samples (frames for an inverse).
        lower: write the faster equals of the module's parts, see :func:`lower`; else the
            textbook form.
        precision: ``"fp16"`` or ``"bf16"`` to compute what is linear in half precision, float32 in
            and out, see :mod:`nnaudio_exporters.prepare.precision`; else ``"fp32"``.
        input_dtype: ``"int16"`` for a file that takes 16-bit PCM and divides by 32768 itself; the
            module is given the same audio in float32. Else ``"float32"``.
        longest: of a module that looks at the whole signal (a mean over time, an LSTM), the length
            in samples (frames) up to which the file is proved, and which it takes at most; None for
            ten minutes, or as far as is reasonable to run. What is local in time has no longest.
        sample_rate: of the input in Hz, where something in front of the layer changes it, as a
            decimator does; None where the layer takes the input as it is.
        tolerance: largest parity error, relative to the output's maximum; None for 1e-5, and
            4e-3 and 3e-2 in half precision.
        proof: ``"search"`` to spend 30 s more on looking for a counter-example, at random and
            where the error is largest; else ``"default"``.
        metadata: further properties for the file, strings.

    Returns:
        The result: path, size, metadata and the parity report.

    Raises:
        ValueError: an argument or the module is unfit, with what would be right.
        OSError: the path cannot be written.
        ExportError: the module cannot be scripted.
        ParityError: the graph differs from the module.

    Example:
        >>> import tempfile
        >>> from nnaudio_export import STFT
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     result = export_torchscript(STFT(n_fft=256), Path(folder) / "stft.pt")
        >>> result.parity.passed
        True
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
    return export(layer, path, TorchScript(), options, tolerance, metadata, proof)


@contextmanager
def _deprecated() -> Iterator[None]:
    """TorchScript warns on every use; our users chose it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*torch.jit.*")
        warnings.filterwarnings("ignore", category=FutureWarning, message=".*torch.jit.*")
        yield


def _converted(prepared: PreparedModule) -> torch.jit.ScriptFunction[Any, Any]:
    """The module as one function with its weights as constants."""
    module = prepared.written_graph()
    try:
        with _deprecated():
            graph = torch.jit.freeze(_scripted(module, prepared)).inlined_graph.copy()
    except Exception as error:
        raise ExportError(
            f"the module cannot be exported to TorchScript: {headline(error)}"
        ) from error
    if next(graph.inputs()).uses():
        raise ExportError(
            "the module cannot be exported to TorchScript: its forward changes its own state, "
            "so that two calls differ"
        )
    graph.eraseInput(0)
    return torch._C._create_function_from_graph("forward", graph)


def _scripted(module: nn.Module, prepared: PreparedModule) -> torch.jit.ScriptModule:
    """The graph as a script; a stream's is traced, since all its sizes but the batch are fixed."""
    if prepared.stream is None:
        return torch.jit.script(module)
    with warnings.catch_warnings():
        # The checks of shapes, which the runtime makes.
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        traced = torch.jit.trace(module, prepared.example(), check_trace=False)
    assert isinstance(traced, torch.jit.ScriptModule)
    return traced


def _write(
    function: torch.jit.ScriptFunction[Any, Any], path: Path, properties: Mapping[str, str]
) -> None:
    """Saves the function, less the records that hold source text and paths of this machine."""
    # In memory: PyTorch's own writer ends the process when the disk is full.
    extra = {EXTRA_FILE: json.dumps(dict(properties)).encode()}
    with _deprecated():
        whole = io.BytesIO(function.save_to_buffer(_extra_files=extra))
    reader = torch._C.PyTorchFileReader(whole)
    kept = io.BytesIO()
    writer = torch._C.PyTorchFileWriter(kept)
    records = reader.get_all_records()
    # Newer operators move it to another place.
    version = "version" if "version" in records else ".data/version"
    writer.set_min_version(int(reader.get_record(version)))
    for name in records:
        # The writer makes its own version and serialisation id.
        if name != "version" and not name.startswith(".data/") and not name.endswith(".debug_pkl"):
            record = reader.get_record(name)
            writer.write_record(name, record, len(record))
    writer.write_end_of_file()
    path.write_bytes(kept.getvalue())
