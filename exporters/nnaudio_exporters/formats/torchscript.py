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
from pathlib import Path
from typing import Any

import torch
from torch import nn

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.pipeline import ExportResult, Write, check_arguments, export
from nnaudio_exporters.prepare.pcm import check_input_dtype
from nnaudio_exporters.prepare.precision import check_precision
from nnaudio_exporters.prepare.prepared import Subject, prepare
from nnaudio_exporters.prepare.stream_form import chunk_length
from nnaudio_exporters.transaction import check_target

EXTRA_FILE = "nnaudio.json"


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
    tolerance: float | None = None,
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
        tolerance: largest parity error, relative to the output's maximum; None for 1e-5, and
            4e-3 and 3e-2 in half precision.
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
    target = check_target(path, ".pt")
    check_arguments(tolerance, metadata)
    subject = prepare(
        layer,
        num_samples=num_samples,
        dynamic=dynamic,
        lower=lower,
        streaming=chunk_length(streaming, chunk, samples),
        input_dtype=check_input_dtype(input_dtype),
        precision=check_precision(precision),
    )

    def writer(subject: Subject) -> Write:
        function = _convert(subject)
        return lambda draft, properties: _write(function, draft, properties)

    return export(
        subject,
        target,
        writer,
        engine=("TorchScript", torch.__version__.split("+")[0]),
        tolerance=tolerance,
        extra=metadata,
    )


@contextmanager
def _deprecated() -> Iterator[None]:
    """TorchScript warns on every use; our users chose it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*torch.jit.*")
        warnings.filterwarnings("ignore", category=FutureWarning, message=".*torch.jit.*")
        yield


def _convert(subject: Subject) -> torch.jit.ScriptFunction[Any, Any]:
    """The module as one function with its weights as constants."""
    module = subject.whole_graph()
    try:
        with _deprecated():
            graph = torch.jit.freeze(_scripted(module, subject)).inlined_graph.copy()
    except Exception as error:
        raise ExportError(
            f"the module cannot be exported to TorchScript: {_cause(error)}"
        ) from error
    if next(graph.inputs()).uses():
        raise ExportError(
            "the module cannot be exported to TorchScript: its forward changes its own state, "
            "so that two calls differ"
        )
    graph.eraseInput(0)
    return torch._C._create_function_from_graph("forward", graph)


def _scripted(module: nn.Module, subject: Subject) -> torch.jit.ScriptModule:
    """The graph as a script; a stream's is traced, since all its sizes but the batch are fixed."""
    if subject.stream is None:
        return torch.jit.script(module)
    with warnings.catch_warnings():
        # The checks of shapes, which the runtime makes.
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        traced = torch.jit.trace(module, subject.example(), check_trace=False)
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
    writer.set_min_version(int(reader.get_record("version")))
    for name in reader.get_all_records():
        # The writer makes its own version and serialisation id.
        if name != "version" and not name.startswith(".data/") and not name.endswith(".debug_pkl"):
            record = reader.get_record(name)
            writer.write_record(name, record, len(record))
    writer.write_end_of_file()
    path.write_bytes(kept.getvalue())


def _cause(error: BaseException) -> str:
    """The reason, which TorchScript gives before it shows the source."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else 'no message'}"
