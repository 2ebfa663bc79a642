"""A front end on ONNX Runtime: the session, and arrays that stay on their device."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from nnaudio_runtime.engines.cuda_driver import cuda_driver
from nnaudio_runtime.engines.fixed_buffers import FixedBuffers
from nnaudio_runtime.engines.ort_stepper import OrtStepper
from nnaudio_runtime.engines.placement import PlacedNode, Placement
from nnaudio_runtime.engines.providers import CPU, CUDA, Provider, Providers, open_session
from nnaudio_runtime.errors import AudioError, ModelFileError, ProviderError
from nnaudio_runtime.extras import onnxruntime
from nnaudio_runtime.files.input_contract import InputContract

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from onnxruntime import InferenceSession, OrtValue

    from nnaudio_runtime.engines.engine import SupportsDlpack
    from nnaudio_runtime.files.metadata import Metadata
    from nnaudio_runtime.files.stream_spec import StreamSpec

_DTYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float16",
    "tensor(int16)": "int16",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(int8)": "int8",
    "tensor(uint8)": "uint8",
}
_DLPACK_CPU, _DLPACK_CUDA = 1, 2
# DLPack's number for CUDA's legacy default stream, on which the array is then ready.
_LEGACY_STREAM = 1


def start_session(
    path: Path, providers: Providers, intra_op_threads: int | None, cuda_graph: bool
) -> InferenceSession:
    """Opens an ``.onnx`` file whose outline has been checked, or an ``.ort`` file.

    Raises:
        ModelFileError: ONNX Runtime refuses the graph.
        ProviderError: see :func:`nnaudio_runtime.engines.providers.open_session`.
        ImportError: ONNX Runtime is not installed; the message names the extras.
    """
    ort = onnxruntime()
    errors = ort.capi.onnxruntime_pybind11_state
    options = ort.SessionOptions()
    options.log_severity_level = 4  # its errors are raised, its warnings are told by placement()
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    if intra_op_threads is not None:
        options.intra_op_num_threads = intra_op_threads

    def open_with(chosen: list[Provider]) -> InferenceSession:
        # enable_fallback=0: ONNX Runtime's Python layer would go on with the CPU on its own.
        try:
            return ort.InferenceSession(os.fspath(path), options, chosen, enable_fallback=0)
        except (errors.EPFail, errors.RuntimeException, RuntimeError) as error:
            if chosen[0] == CPU:
                raise ModelFileError(_refused(path, error)) from error
            raise ProviderError(_first_line(error)) from error
        except Exception as error:  # its exceptions have no base class but this
            raise ModelFileError(_refused(path, error)) from error

    session = open_session(open_with, providers, cuda_graph)
    if cuda_graph and session.get_providers()[0] != CUDA:
        raise ProviderError("cuda_graph=True needs CUDA: load with providers='cuda' on such a GPU")
    return session


class OrtEngine:
    """An ONNX Runtime session with one input, or of a streaming graph.

    Args:
        path: of the file, for messages.
        session: the session.
        info: what the file says about itself.
        fixed_buffers: run on one set of buffers, as a captured CUDA graph must.
    """

    plans_memory = False

    def __init__(
        self, path: Path, session: InferenceSession, info: Metadata | None, *, fixed_buffers: bool
    ) -> None:
        inputs, outputs = session.get_inputs(), session.get_outputs()
        self._spec = info.streaming if info else None
        expected: list[str] = [inputs[0].name]
        state: tuple[str, ...] = ()
        if self._spec is not None:
            spec = self._spec
            expected += [name for name in (spec.state_input, spec.present) if name is not None]
            state = (spec.state_output,)
        if [argument.name for argument in inputs] != expected:
            names = ", ".join(repr(argument.name) for argument in inputs)
            what = "its metadata describes others" if self._spec else "a front end takes one"
            raise ModelFileError(f"{path} takes {len(inputs)} inputs ({names}), {what}")
        if self._spec is not None:
            assert info is not None
            _check_stream(path, info, self._spec, session)
        if inputs[0].type not in _DTYPES:
            raise ModelFileError(f"{path} takes {inputs[0].type}, a front end takes numbers")
        self.input_name: str = inputs[0].name
        self.axes = tuple("?" if axis is None else axis for axis in inputs[0].shape)
        if info and self._spec is not None:
            # The whole signal has any length, whatever a chunk has.
            self.axes = tuple(
                name if name == info.length_axis else size
                for name, size in zip(info.input_axes, self.axes, strict=True)
            )
        self.dtype: np.dtype[Any] = np.dtype(_DTYPES[inputs[0].type])
        self.output_names = tuple(output.name for output in outputs if output.name not in state)
        self.provider: str = session.get_providers()[0]
        errors = onnxruntime().capi.onnxruntime_pybind11_state
        self.failures: tuple[type[Exception], ...] = (
            errors.Fail,
            errors.InvalidArgument,
            errors.RuntimeException,
        )
        self._session = session
        self._names = list(self.output_names)
        self._device = "cuda" if self.provider == CUDA else "cpu"
        self._device_id = int(session.get_provider_options()[self.provider].get("device_id", 0))
        self._fixed = (
            FixedBuffers(path, session, _DTYPES, self._device, self._device_id)
            if fixed_buffers
            else None
        )

    def run(self, array: NDArray[Any]) -> Sequence[NDArray[Any]]:
        """Computes the outputs of a NumPy array; on CUDA, ONNX Runtime copies both ways."""
        if self._fixed is not None:
            return self._fixed.run(array)
        outputs = self._session.run(self._names, {self.input_name: array})
        return cast("list[NDArray[Any]]", outputs)

    def stepper(self, batch: int) -> OrtStepper:
        """A streaming graph's steps, for so many signals at once."""
        assert self._spec is not None
        return OrtStepper(self._session, self._spec, _DTYPES, batch, self._device, self._device_id)

    def run_device(self, array: SupportsDlpack, contract: InputContract) -> Sequence[OrtValue]:
        """Computes the outputs of a DLPack array on the session's device, without a copy there."""
        if self._fixed is not None:
            raise AudioError("with cuda_graph=True the input must be a NumPy array")
        value = self._adopt(array)
        dtype = _DTYPES.get(value.data_type(), value.data_type())
        shape = contract.admit_layout(value.shape(), dtype)
        if value.device_name() == "cpu":
            contract.check_values(np.from_dlpack(value))
        binding = self._session.io_binding()
        where = array.__dlpack_device__()[1]
        # By address, so that (samples,) becomes (1, samples) in place; value keeps it alive.
        binding.bind_input(
            self.input_name, value.device_name(), where, self.dtype, shape, value.data_ptr()
        )
        for name in self._names:
            binding.bind_output(name, self._device, self._device_id)
        self._session.run_with_iobinding(binding)
        return cast("list[OrtValue]", binding.get_outputs())

    def _adopt(self, array: SupportsDlpack) -> OrtValue:
        """The array as ONNX Runtime's own, sharing its memory."""
        ort = onnxruntime()
        if not hasattr(ort.OrtValue, "from_dlpack"):
            raise ProviderError(f"onnxruntime {ort.__version__} takes no DLPack arrays: update it")
        kind, device = array.__dlpack_device__()
        if kind == _DLPACK_CUDA and (self._device, self._device_id) != ("cuda", device):
            raise AudioError(
                f"the input is on CUDA device {device}, the front end runs on {self.provider}: "
                "load it with providers='cuda', or move the input"
            )
        try:
            if kind == _DLPACK_CUDA:
                capsule = array.__dlpack__(stream=_LEGACY_STREAM)
                cuda_driver().synchronize(device)
            else:
                capsule = array.__dlpack__()
            return ort.OrtValue.from_dlpack(capsule)
        except (BufferError, RuntimeError, TypeError) as error:
            raise AudioError(
                f"the input is no DLPack array that ONNX Runtime takes: it must be contiguous, on "
                f"the CPU or CUDA, and need no gradient ({_first_line(error)})"
            ) from error

    def placement(self) -> Placement:
        """Which node runs where, as ONNX Runtime recorded it.

        Raises:
            ProviderError: this ONNX Runtime does not record it.
        """
        if not hasattr(self._session, "get_provider_graph_assignment_info"):
            version = onnxruntime().__version__
            raise ProviderError(f"onnxruntime {version} does not tell placements: update to 1.24")
        return Placement(
            tuple(
                PlacedNode(node.name, node.op_type, part.ep_name)
                for part in self._session.get_provider_graph_assignment_info()
                for node in part.get_nodes()
            )
        )


def _check_stream(path: Path, info: Metadata, spec: StreamSpec, session: InferenceSession) -> None:
    """Refuses a graph whose state or chunk is not what its metadata says.

    Raises:
        ModelFileError: the message names the property.
    """
    shapes = {one.name: one.shape for one in (*session.get_inputs(), *session.get_outputs())}
    chunk = session.get_inputs()[0].shape[info.input_axes.index(info.length_axis)]
    if chunk != spec.chunk:
        raise ModelFileError(
            f"{path} takes chunks of {chunk}, its nnaudio.streaming.chunk is {spec.chunk}"
        )
    for name in (spec.state_input, spec.state_output):
        size = shapes[name][-1] if name in shapes else None
        if size != spec.state_size:
            raise ModelFileError(
                f"{path} has {f'{name!r} of size {size}' if size else f'no {name!r}'}, its "
                f"nnaudio.streaming.state is '{spec.state_input} {spec.state_output} "
                f"{spec.state_size}'"
            )
    given = len(session.get_outputs()) - 1
    if given != len(info.output_axes):
        raise ModelFileError(
            f"{path} gives {given} outputs, its nnaudio.output_axes has {len(info.output_axes)} "
            "entries"
        )


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _refused(path: Path, error: Exception) -> str:
    return f"{path} is refused by ONNX Runtime: {_first_line(error)}"
