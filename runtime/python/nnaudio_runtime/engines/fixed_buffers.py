"""One input and one set of outputs at fixed addresses, as a captured CUDA graph needs them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from nnaudio_runtime.errors import ProviderError
from nnaudio_runtime.extras import onnxruntime

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from onnxruntime import InferenceSession


class FixedBuffers:
    """Runs a session of fixed shapes on buffers that are bound once.

    A CUDA graph is a recording of kernel launches with their addresses, so its inputs and outputs
    cannot move; calls from several threads take turns.

    Args:
        path: of the file, for messages.
        session: all its shapes are fixed.
        dtypes: ONNX Runtime's type names -> NumPy's.
        device: ``"cuda"``, or ``"cpu"``, where the same code runs without a graph.
        device_id: number of the device.

    Raises:
        ProviderError: a shape is not fixed.
    """

    def __init__(
        self,
        path: Path,
        session: InferenceSession,
        dtypes: dict[str, str],
        device: str,
        device_id: int,
    ) -> None:
        make = onnxruntime().OrtValue.ortvalue_from_shape_and_type
        arguments = [*session.get_inputs(), *session.get_outputs()]
        for argument in arguments:
            if not all(isinstance(axis, int) for axis in argument.shape):
                raise ProviderError(
                    f"cuda_graph=True needs fixed shapes, {argument.name!r} of {path} has "
                    f"{argument.shape}: export with dynamic=False and num_samples"
                )
        buffers = [
            make(argument.shape, np.dtype(dtypes[argument.type]).type, device, device_id)
            for argument in arguments
        ]
        self._input, *self._outputs = buffers
        self._session = session
        self._binding = session.io_binding()
        self._binding.bind_ortvalue_input(arguments[0].name, self._input)
        for argument, buffer in zip(arguments[1:], self._outputs, strict=True):
            self._binding.bind_ortvalue_output(argument.name, buffer)
        self._lock = threading.Lock()

    def run(self, array: NDArray[Any]) -> list[NDArray[Any]]:
        """Copies the input in, runs, and copies the outputs out."""
        contiguous = np.ascontiguousarray(array)
        with self._lock:
            self._input.update_inplace(contiguous)
            self._session.run_with_iobinding(self._binding)
            # On the CPU .numpy() is a view of the buffer, which the next run overwrites.
            return [np.array(output.numpy()) for output in self._outputs]
