"""The steps of a streaming graph whose engine takes and gives PyTorch's tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from numpy.typing import NDArray

    from nnaudio_runtime.files.stream_spec import StreamSpec


def chunk_shape(axes: Sequence[str], spec: StreamSpec, batch: int) -> list[int]:
    """The shape of a chunk, from the names and sizes of the input's axes."""
    sizes = {"batch": batch, "samples": spec.chunk, "frames": spec.chunk}
    return [sizes[axis] if axis in sizes else int(axis) for axis in axes]


class TorchStepper:
    """Runs a streaming graph chunk after chunk; the state stays on its device.

    Args:
        module: the graph, from tensors to tensors.
        spec: its description.
        shape: of a chunk.
        dtype: of a chunk.
        device: ``"cpu"`` or ``"cuda"``.

    Attributes:
        shapes: of the outputs of a run, the next state left out.
    """

    def __init__(
        self,
        module: Callable[..., Sequence[torch.Tensor]],
        spec: StreamSpec,
        shape: list[int],
        dtype: np.dtype[Any],
        device: str,
    ) -> None:
        import torch

        self._module, self._device = module, device
        self._state = torch.zeros(shape[0], spec.state_size, device=device)
        self.mark()
        present = None
        if spec.present is not None:
            present = np.ones((shape[0], spec.frames_per_chunk), np.float32)
        self.shapes = [tuple(output.shape) for output in self.step(np.zeros(shape, dtype), present)]
        self.rewind()

    def step(self, chunk: NDArray[Any], present: NDArray[np.float32] | None) -> list[NDArray[Any]]:
        """The outputs of a chunk."""
        import torch

        inputs = [chunk] if present is None else [chunk, present]
        tensor, *others = (torch.from_numpy(np.array(one)).to(self._device) for one in inputs)
        with torch.no_grad():
            *outputs, state = self._module(tensor, self._state, *others)
        self._state = state
        return [output.cpu().numpy() for output in outputs]

    def mark(self) -> None:
        """Remembers the state, which no step writes to."""
        self._marked = self._state

    def rewind(self) -> None:
        """Goes back to the state that :meth:`mark` remembered."""
        self._state = self._marked

    def hold(self, rows: NDArray[np.intp]) -> None:
        """Gives some signals the state that :meth:`mark` remembered."""
        import torch

        index = torch.from_numpy(rows).to(self._device)
        self._state = self._state.index_copy(0, index, self._marked[index])

    def clear(self, row: int) -> None:
        """Gives a signal the state of a beginning."""
        self._state = self._state.clone()
        self._state[row] = 0
