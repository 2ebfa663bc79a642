"""A front end as a TorchScript file, through the extra ``[torchscript]``.

PyTorch has deprecated TorchScript and warns of it; this module owns that.
"""

from __future__ import annotations

import json
import os
import warnings
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from nnaudio_runtime.engines.placement import PlacedNode, Placement
from nnaudio_runtime.engines.providers import REMEDY, Providers
from nnaudio_runtime.engines.torch_stepper import TorchStepper, chunk_shape
from nnaudio_runtime.errors import AudioError, ModelFileError, ProviderError
from nnaudio_runtime.extras import require
from nnaudio_runtime.files.filetype import describe
from nnaudio_runtime.files.input_contract import InputContract
from nnaudio_runtime.files.ports import with_outputs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import torch
    from numpy.typing import NDArray

    from nnaudio_runtime.engines.engine import SupportsDlpack
    from nnaudio_runtime.files.metadata import Metadata

METADATA_FILE = "nnaudio.json"
_MOST_METADATA_BYTES = 2**24
_EXPORT_AGAIN = "Export the layer with nnaudio_export.export_torchscript"


def read_properties(path: Path) -> dict[str, str]:
    """Reads the properties of a TorchScript archive, without PyTorch and without unpickling.

    A pickle runs any code it likes when it is read, so nothing but an archive that the exporter
    wrote goes on to ``torch.jit.load``: one with TorchScript's own records and our
    ``extra/nnaudio.json``.

    Raises:
        FileNotFoundError: there is no such file.
        ModelFileError: it is anything else; the message says what, and what to do.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _properties(path, archive)
    except zipfile.BadZipFile:
        with path.open("rb") as file:
            found = describe(file.read(512))
        message = f"{path} is {found}, no TorchScript archive. {_EXPORT_AGAIN}"
        raise ModelFileError(message) from None
    except ModelFileError:
        raise
    except (ValueError, RuntimeError, zlib.error, EOFError) as error:
        raise ModelFileError(f"{path} is damaged: {error}. {_EXPORT_AGAIN}") from None


def _properties(path: Path, archive: zipfile.ZipFile) -> dict[str, str]:
    names = archive.namelist()
    root = names[0].partition("/")[0] if names else ""
    if f"{root}/constants.pkl" not in names or not any(
        name.startswith(f"{root}/code/") for name in names
    ):
        found = "a zip archive, no TorchScript"
        if f"{root}/data.pkl" in names:
            found = "a checkpoint of torch.save, a pickle that could run any code: it is not read"
        raise ModelFileError(f"{path} is {found}. {_EXPORT_AGAIN}")
    record = f"{root}/extra/{METADATA_FILE}"
    if record not in names:
        raise ModelFileError(
            f"{path} is a TorchScript archive of unknown origin (it has no {METADATA_FILE}): it is "
            f"not loaded. {_EXPORT_AGAIN}"
        )
    if archive.getinfo(record).file_size > _MOST_METADATA_BYTES:
        raise ValueError(f"{METADATA_FILE} has over {_MOST_METADATA_BYTES} bytes")
    properties = json.loads(archive.read(record))
    if not isinstance(properties, dict) or not all(
        isinstance(value, str) for value in properties.values()
    ):
        raise ValueError(f"{METADATA_FILE} is no JSON object of strings")
    return properties


def open_torchscript(
    path: Path, info: Metadata | None, providers: Providers, intra_op_threads: int | None
) -> TorchScriptEngine:
    """Loads an archive that :func:`read_properties` has vouched for.

    Args:
        path: of the archive.
        info: its metadata.
        providers: ``"auto"``, ``"cuda"`` or ``"cpu"``.
        intra_op_threads: PyTorch has one such number for the whole process; this sets it.

    Raises:
        ImportError: PyTorch is not installed; the message names the extra.
        ProviderError: ``"cuda"`` without one.
        ModelFileError: the metadata is not enough, or PyTorch refuses the archive.
    """
    described = with_outputs(path, info)
    torch = require("torch", "torchscript")
    if providers not in ("auto", "cuda", "cpu"):
        raise ValueError(
            f"providers is {providers!r}, for a TorchScript file it must be 'auto', 'cuda' or 'cpu'"
        )
    works = torch.cuda.is_available()
    if providers == "cuda" and not works:
        raise ProviderError(f"providers='cuda' does not work: PyTorch finds no GPU. {REMEDY}")
    if intra_op_threads is not None:
        torch.set_num_threads(intra_op_threads)
    device = "cuda" if works and providers != "cpu" else "cpu"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            module = torch.jit.load(os.fspath(path), map_location=device)
        except RuntimeError as error:
            reason = str(error).strip().partition("\n")[0]
            raise ModelFileError(f"{path} is refused by PyTorch: {reason}") from error
    return TorchScriptEngine(path, described, module, device)


class TorchScriptEngine:
    """A scripted module; arrays come and go through DLPack or NumPy."""

    plans_memory = False

    def __init__(
        self, path: Path, info: Metadata, module: torch.jit.ScriptModule, device: str
    ) -> None:
        self.input_name = "audio" if info.length_axis == "samples" else "input"
        self.axes: tuple[str | int, ...] = info.input_axes
        self.dtype: np.dtype[Any] = np.dtype(info.input_dtype)
        self.output_names = info.output_names
        self.failures: tuple[type[Exception], ...] = (RuntimeError,)
        self.provider = f"TorchScript on {device}"
        self._path, self._module, self._device, self._layer = path, module, device, info.layer
        self._spec, self._axes = info.streaming, info.input_axes

    def run(self, array: NDArray[Any]) -> list[NDArray[Any]]:
        """Computes the outputs of a NumPy array."""
        import torch

        # PyTorch warns of sharing memory that NumPy holds to be read-only.
        shared = torch.from_numpy(array if array.flags.writeable else array.copy())
        return [output.cpu().numpy() for output in self._forward(shared)]

    def stepper(self, batch: int) -> TorchStepper:
        """A streaming graph's steps, for so many signals at once."""
        assert self._spec is not None
        shape = chunk_shape(self._axes, self._spec, batch)
        stepper = TorchStepper(self._module, self._spec, shape, self.dtype, self._device)
        self._check_outputs(len(stepper.shapes))
        return stepper

    def run_device(self, array: SupportsDlpack, contract: InputContract) -> Sequence[torch.Tensor]:
        """Computes the outputs of a DLPack array, as tensors on the module's device."""
        from torch.utils.dlpack import from_dlpack

        try:
            tensor: torch.Tensor = from_dlpack(array)
        except (BufferError, RuntimeError, TypeError) as error:
            raise AudioError(f"the input is no DLPack array that PyTorch takes: {error}") from error
        dtype = str(tensor.dtype).removeprefix("torch.")
        shape = contract.admit_layout(tuple(tensor.shape), dtype)
        if tensor.device.type == "cpu":
            contract.check_values(tensor.detach().numpy())
        return self._forward(tensor.reshape(shape))

    def _forward(self, tensor: torch.Tensor) -> list[torch.Tensor]:
        import torch

        with torch.no_grad():
            result = self._module(tensor.to(self._device))
        if isinstance(result, dict):
            result = list(result.values())
        outputs = list(result) if isinstance(result, (tuple, list)) else [result]
        self._check_outputs(len(outputs))
        return outputs

    def _check_outputs(self, count: int) -> None:
        if count != len(self.output_names):
            raise ModelFileError(
                f"{self._path} gives {count} outputs, its metadata names {len(self.output_names)}"
            )

    def placement(self) -> Placement:
        """A TorchScript module runs as one piece."""
        return Placement((PlacedNode(self._layer, "TorchScript", self.provider),))
