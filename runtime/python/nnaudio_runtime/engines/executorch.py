"""A front end as an ExecuTorch program, through the extra ``[executorch]``.

ExecuTorch's Python runtime is for proving a ``.pte`` file on the machine that writes it; on a phone
the same file runs from C++.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from nnaudio_runtime.engines.placement import PlacedNode, Placement
from nnaudio_runtime.engines.torch_stepper import TorchStepper, chunk_shape
from nnaudio_runtime.errors import AudioError, ModelFileError, ProviderError
from nnaudio_runtime.extras import require
from nnaudio_runtime.files.filetype import describe
from nnaudio_runtime.files.ports import with_outputs
from nnaudio_runtime.files.properties import fixed_size
from nnaudio_runtime.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import torch
    from numpy.typing import NDArray

    from nnaudio_runtime.engines.engine import SupportsDlpack
    from nnaudio_runtime.engines.providers import Providers
    from nnaudio_runtime.files.input_contract import InputContract
    from nnaudio_runtime.files.metadata import Metadata

METADATA_METHOD = "nnaudio"
METHOD = "forward"
_IDENTIFIER = b"ET12"  # behind four bytes; after it, ExecuTorch names its file format
_EXPORT_AGAIN = "Export the layer with nnaudio_export.export_executorch"


def is_executorch(head: bytes) -> bool:
    """Whether the first bytes of a file are those of an ExecuTorch program."""
    return head[4:8] == _IDENTIFIER


def runtime() -> Any:
    """ExecuTorch's runtime.

    Raises:
        ImportError: it is not installed; the message names the extra.
    """
    # Importing it brings in its exporter, whose parts warn of one another.
    with quiet():
        require("executorch", "executorch")
        return require("executorch.runtime", "executorch").Runtime.get()


def load_program(path: Path) -> Any:
    """Opens a program.

    Raises:
        ImportError: ExecuTorch is not installed; the message names the extra.
        ModelFileError: the file is something else, or damaged.
    """
    with path.open("rb") as file:
        head = file.read(512)
    if not is_executorch(head):
        raise ModelFileError(f"{path} is {describe(head)}, no ExecuTorch program. {_EXPORT_AGAIN}")
    try:
        return runtime().load_program(path)
    except RuntimeError as error:
        raise ModelFileError(f"{path} is damaged: {_reason(error)}. {_EXPORT_AGAIN}") from error


def properties_of(path: Path, program: Any) -> dict[str, str]:
    """The properties of a program, which its constant method ``nnaudio`` returns as JSON.

    Raises:
        ModelFileError: it has none, or they are malformed.
    """
    if not {METADATA_METHOD, METHOD} <= program.method_names:
        raise ModelFileError(
            f"{path} is an ExecuTorch program of unknown origin (it has no method "
            f"{METADATA_METHOD!r}): it is not loaded. {_EXPORT_AGAIN}"
        )
    try:
        (text,) = program.load_method(METADATA_METHOD).execute([])
        properties = json.loads(text)
    except (RuntimeError, TypeError, ValueError, RecursionError) as error:
        raise ModelFileError(
            f"{path} is damaged: its method {METADATA_METHOD!r} gives no JSON: {_reason(error)}. "
            f"{_EXPORT_AGAIN}"
        ) from error
    if not isinstance(properties, dict) or not all(
        isinstance(value, str) for value in properties.values()
    ):
        raise ModelFileError(
            f"{path} is damaged: its method {METADATA_METHOD!r} gives no JSON object of strings. "
            f"{_EXPORT_AGAIN}"
        )
    return properties


def open_executorch(
    path: Path,
    program: Any,
    info: Metadata | None,
    providers: Providers,
    intra_op_threads: int | None,
) -> ExecuTorchEngine:
    """Prepares a program to run.

    Args:
        path: of the program, for messages.
        program: from :func:`load_program`.
        info: its metadata.
        providers: ``"auto"`` or ``"cpu"``.
        intra_op_threads: must be None: ExecuTorch has one pool of threads for the whole process.

    Raises:
        ProviderError: another provider.
        ModelFileError: the metadata is not enough, or the program cannot run here.
    """
    described = with_outputs(path, info)
    if providers == "cuda":
        raise ProviderError(
            "providers='cuda' does not work: an ExecuTorch program is for the CPU that it was "
            "lowered for; use providers='cpu', or an .onnx file"
        )
    if providers not in ("auto", "cpu"):
        raise ValueError(
            f"providers is {providers!r}, for an ExecuTorch program it must be 'auto' or 'cpu'"
        )
    if intra_op_threads is not None:
        raise ValueError(
            f"intra_op_threads={intra_op_threads!r}: ExecuTorch sets its threads for the whole "
            "process; leave None"
        )
    try:
        method = program.load_method(METHOD)
    except RuntimeError as error:
        raise ModelFileError(f"{path} is refused by ExecuTorch: {_reason(error)}") from error
    return ExecuTorchEngine(path, described, method)


class ExecuTorchEngine:
    """A method of a program; it has one memory for its values, so that runs take turns."""

    plans_memory = True

    def __init__(self, path: Path, info: Metadata, method: Any) -> None:
        self.input_name = "audio" if info.length_axis == "samples" else "input"
        self.axes: tuple[str | int, ...] = info.input_axes
        self.dtype: np.dtype[Any] = np.dtype(info.input_dtype)
        self.output_names = info.output_names
        self.failures: tuple[type[Exception], ...] = (RuntimeError,)
        self.provider = "ExecuTorch on cpu"
        self._path, self._info, self._method = path, info, method
        self._turn = threading.Lock()
        self._check_sizes()

    def _check_sizes(self) -> None:
        """Compares what the metadata says with what the method takes and gives."""
        info, meta, spec = self._info, self._method.metadata, self._info.streaming
        inputs = 1 if spec is None else 3 if spec.present else 2
        outputs = len(info.output_names) + (spec is not None)
        if (meta.num_inputs(), meta.num_outputs()) != (inputs, outputs):
            raise ModelFileError(
                f"{self._path} takes {meta.num_inputs()} inputs and gives {meta.num_outputs()} "
                f"outputs, its metadata describes {inputs} and {outputs}"
            )
        longest = info.max_length if spec is None else spec.chunk
        sizes = {"batch": 1, info.length_axis: longest}
        said = tuple(sizes[axis] if axis in sizes else fixed_size(axis) for axis in info.input_axes)
        found = tuple(meta.input_tensor_meta(0).sizes())
        if found != said:
            raise ModelFileError(
                f"{self._path} has memory for an input of {found}, its metadata describes {said}"
            )

    def run(self, array: NDArray[Any]) -> list[NDArray[Any]]:
        """Computes the outputs of a NumPy array."""
        import torch

        # ExecuTorch reads the memory in the order of the axes.
        whole = np.ascontiguousarray(array)
        shared = torch.from_numpy(whole if whole.flags.writeable else whole.copy())
        return [output.numpy() for output in self._forward(shared)]

    def run_device(self, array: SupportsDlpack, contract: InputContract) -> Sequence[torch.Tensor]:
        """Computes the outputs of a DLPack array on the CPU, as tensors."""
        from torch.utils.dlpack import from_dlpack

        try:
            tensor: torch.Tensor = from_dlpack(array)
        except (BufferError, RuntimeError, TypeError) as error:
            raise AudioError(f"the input is no DLPack array that PyTorch takes: {error}") from error
        if tensor.device.type != "cpu":
            raise AudioError(
                f"the input is on {tensor.device}, an ExecuTorch program runs on the CPU: copy it"
            )
        shape = contract.admit_layout(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))
        contract.check_values(tensor.detach().numpy())
        return self._forward(tensor.reshape(shape).contiguous())

    def stepper(self, batch: int) -> TorchStepper:
        """A streaming graph's steps, for so many signals at once."""
        spec = self._info.streaming
        assert spec is not None
        shape = chunk_shape(self._info.input_axes, spec, batch)
        return TorchStepper(self._forward, spec, shape, self.dtype, "cpu")

    def _forward(self, *tensors: torch.Tensor) -> list[torch.Tensor]:
        with self._turn:
            return list(self._method.execute(tensors))  # copies, not the method's own memory

    def placement(self) -> Placement:
        """A program runs as one piece."""
        return Placement((PlacedNode(self._info.layer, "ExecuTorch", self.provider),))


def _reason(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
