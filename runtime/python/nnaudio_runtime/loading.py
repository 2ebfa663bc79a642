"""Opens a file as a front end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nnaudio_runtime.errors import ModelFileError, ProviderError
from nnaudio_runtime.filetype import is_ort_format
from nnaudio_runtime.frontend import Frontend
from nnaudio_runtime.metadata import Metadata
from nnaudio_runtime.onnx_file import read_onnx
from nnaudio_runtime.ort_engine import OrtEngine, start_session
from nnaudio_runtime.torchscript import open_torchscript, read_properties

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from nnaudio_runtime.providers import Providers

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
        path: an ``.onnx`` file, its ``.ort`` form for phones, or a TorchScript archive (extra
            ``[torchscript]``).
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
    if is_torchscript(path):
        if cuda_graph:
            raise ProviderError("cuda_graph=True is for ONNX files")
        info = _metadata(path, read_properties(path))
        module = open_torchscript(path, info, providers, intra_op_threads)
        return Frontend(path, module, info, check_finite=check_finite)
    ort_format = not path.is_dir() and is_ort_format(path)
    info = None if ort_format else _metadata(path, read_onnx(path).properties)
    session = start_session(path, providers, intra_op_threads, cuda_graph)
    if ort_format:  # ONNX Runtime checks such a file itself
        info = _metadata(path, session.get_modelmeta().custom_metadata_map)
    engine = OrtEngine(path, session, info, fixed_buffers=cuda_graph)
    return Frontend(path, engine, info, check_finite=check_finite)


def _metadata(path: Path, properties: Mapping[str, str]) -> Metadata | None:
    try:
        return Metadata.from_properties(properties)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from None


def is_torchscript(path: Path) -> bool:
    """Whether a file is, or is called, a PyTorch archive."""
    if path.is_dir():
        return False
    with path.open("rb") as file:
        return file.read(len(_ZIP)) == _ZIP or path.suffix in _TORCH_SUFFIXES
