"""Opens a file as a front end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nnaudio_runtime.engines.executorch import (
    is_executorch,
    load_program,
    open_executorch,
    properties_of,
)
from nnaudio_runtime.engines.onnxruntime import OrtEngine, start_session
from nnaudio_runtime.engines.torchscript import open_torchscript, read_properties
from nnaudio_runtime.errors import ModelFileError, ProviderError
from nnaudio_runtime.files.filetype import is_ort_format
from nnaudio_runtime.files.metadata import Metadata
from nnaudio_runtime.files.onnx_file import read_onnx
from nnaudio_runtime.frontend import Frontend

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from nnaudio_runtime.engines.providers import Providers

_ZIP = b"PK\x03\x04"
_TORCH_SUFFIXES = (".pt", ".pth", ".ts")


def load(
    path: str | os.PathLike[str],
    *,
    providers: Providers = "auto",
    intra_op_threads: int | None = None,
    check_finite: bool = True,
    cuda_graph: bool = False,
) -> Frontend:
    """Loads a front end that nnaudio-export wrote, or any ONNX graph with one input.

    Args:
        path: an ``.onnx`` file, its ``.ort`` form for phones, a TorchScript archive (extra
            ``[torchscript]``) or an ExecuTorch program (extra ``[executorch]``).
        providers: ``"auto"`` takes CUDA where it works, else the CPU, and logs which (logger
            ``nnaudio_runtime``); ``"cuda"`` and ``"cpu"`` take that or raise; a list of ONNX
            Runtime's provider names, or of pairs of name and options, is passed on, and each of
            them must be active.
        intra_op_threads: threads within an operator; None leaves it to the engine.
        check_finite: refuse audio that holds NaN or infinity.
        cuda_graph: capture the graph as a CUDA graph. For fixed shapes, on CUDA, with NumPy input.

    Returns:
        The front end.

    Raises:
        FileNotFoundError: there is no such file.
        ModelFileError: the file is something else, damaged, or not to be trusted.
        ProviderError: the provider does not work here; the message has the reason and the remedy.
        ImportError: the engine is not installed; the message names the extra.
    """
    path = Path(path)
    kind = file_kind(path)
    if kind in ("executorch", "torchscript") and cuda_graph:
        raise ProviderError("cuda_graph=True is for ONNX files")
    if kind == "executorch":
        program = load_program(path)
        info = _metadata(path, properties_of(path, program))
        method = open_executorch(path, program, info, providers, intra_op_threads)
        return Frontend(path, method, info, check_finite=check_finite)
    if kind == "torchscript":
        info = _metadata(path, read_properties(path))
        module = open_torchscript(path, info, providers, intra_op_threads)
        return Frontend(path, module, info, check_finite=check_finite)
    info = _metadata(path, read_onnx(path).properties) if kind == "onnx" else None
    session = start_session(path, providers, intra_op_threads, cuda_graph)
    if kind == "ort":  # ONNX Runtime checks such a file itself
        info = _metadata(path, session.get_modelmeta().custom_metadata_map)
    engine = OrtEngine(path, session, info, fixed_buffers=cuda_graph)
    return Frontend(path, engine, info, check_finite=check_finite)


def _metadata(path: Path, properties: Mapping[str, str]) -> Metadata | None:
    try:
        return Metadata.from_properties(properties)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from None


def file_kind(path: Path) -> Literal["onnx", "ort", "torchscript", "executorch"]:
    """Which engine a file is for, by its first bytes, else by its name."""
    if path.is_dir():
        return "onnx"
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(_ZIP):
        return "torchscript"
    if is_executorch(head) or path.suffix == ".pte":
        return "executorch"
    if is_ort_format(head):
        return "ort"
    return "torchscript" if path.suffix in _TORCH_SUFFIXES else "onnx"
