"""Steps of a streaming graph on ONNX Runtime: buffers that stay, a state that swaps."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from nnaudio_runtime.extras import onnxruntime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from onnxruntime import InferenceSession, OrtValue

    from nnaudio_runtime.files.stream_spec import StreamSpec


class OrtStepper:
    """Runs chunk after chunk on buffers that are bound once.

    Three states take turns: the one that a step reads, the one that it writes and the one to go
    back to, so that no state is ever copied. On CUDA they stay on the device.

    Args:
        session: of a streaming graph.
        spec: its description.
        dtypes: ONNX Runtime's type names -> NumPy's.
        batch: signals in step.
        device: ``"cpu"`` or ``"cuda"``.
        device_id: number of the device.

    Attributes:
        shapes: of the outputs of a run, the next state left out.
    """

    def __init__(
        self,
        session: InferenceSession,
        spec: StreamSpec,
        dtypes: Mapping[str, str],
        batch: int,
        device: str,
        device_id: int,
    ) -> None:
        make = onnxruntime().OrtValue.ortvalue_from_shape_and_type

        def buffer(argument: Any) -> OrtValue:
            shape = [axis if isinstance(axis, int) else batch for axis in argument.shape]
            return make(shape, np.dtype(dtypes[argument.type]).type, device, device_id)

        self._session = session
        self._on_cpu = device == "cpu"
        given = {argument.name: buffer(argument) for argument in session.get_inputs()}
        taken = {argument.name: buffer(argument) for argument in session.get_outputs()}
        shape = (batch, spec.state_size)
        extra = make(shape, np.float32, device, device_id)
        states = [given[spec.state_input], taken[spec.state_output], extra]
        signal = session.get_inputs()[0].name
        self._signal = given[signal]
        self._present = given[spec.present] if spec.present else None
        self._results = [value for name, value in taken.items() if name != spec.state_output]
        self.shapes = [tuple(value.shape()) for value in self._results]
        self._bindings = {}
        for read, write in itertools.permutations(range(3), 2):
            binding = session.io_binding()
            for name, value in {**given, spec.state_input: states[read]}.items():
                binding.bind_ortvalue_input(name, value)
            for name, value in {**taken, spec.state_output: states[write]}.items():
                binding.bind_ortvalue_output(name, value)
            self._bindings[read, write] = binding
        self._states = states
        self._current = self._marked = 0
        states[0].update_inplace(np.zeros(shape, np.float32))
        # On the CPU, .numpy() is a view of the buffer.
        self._views = [value.numpy() for value in self._results] if self._on_cpu else []
        self._signal_view = self._signal.numpy() if self._on_cpu else None

    def step(self, chunk: NDArray[Any], present: NDArray[np.float32] | None) -> list[NDArray[Any]]:
        """The outputs of a chunk; on the CPU they are overwritten by the next step."""
        if self._signal_view is not None:
            self._signal_view[...] = chunk
        else:
            self._signal.update_inplace(np.ascontiguousarray(chunk))
        if self._present is not None:
            assert present is not None
            self._present.update_inplace(present)
        current, marked = self._current, self._marked
        free = 3 - current - marked if current != marked else (current + 1) % 3
        self._session.run_with_iobinding(self._bindings[current, free])
        self._current = free
        return self._views if self._on_cpu else [value.numpy() for value in self._results]

    def mark(self) -> None:
        """Remembers the state, which no step writes to until another is marked."""
        self._marked = self._current

    def rewind(self) -> None:
        """Goes back to the state that :meth:`mark` remembered."""
        self._current = self._marked

    def hold(self, rows: NDArray[np.intp]) -> None:
        """Gives some signals the state that :meth:`mark` remembered."""
        self._change(rows, self._states[self._marked].numpy()[rows])

    def clear(self, row: int) -> None:
        """Gives a signal the state of a beginning."""
        self._change(row, 0.0)

    def _change(self, rows: NDArray[np.intp] | int, values: NDArray[np.float32] | float) -> None:
        """Writes to rows of the state; on CUDA by way of the host."""
        state = self._states[self._current]
        view = state.numpy()
        view[rows] = values
        if not self._on_cpu:
            state.update_inplace(view)
