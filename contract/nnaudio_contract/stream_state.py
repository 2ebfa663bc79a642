"""The state of a stream, of which every block has a part."""

from __future__ import annotations

import torch
from torch import Tensor


class StateError(RuntimeError):
    """Blocks and parts of the state do not go together; the message says what to do."""


class StreamState:
    """The state of a stream while a graph runs: blocks read their part and write the next one.

    Args:
        batched: the graph takes many signals in step, else one.

    Attributes:
        batched: as given.
        reads_present: whether a block asks which frames exist; set by the block.

    Example:
        >>> state = StreamState()
        >>> part = state.reserve(2)
        >>> state.start(torch.tensor([[1.0, 2.0]]))
        >>> state.write(part, state.read(part) + 1)
        >>> state.finish()
        tensor([[2., 3.]])
    """

    def __init__(self, *, batched: bool = True) -> None:
        self.batched = batched
        self._sizes: list[int] = []
        self._state: Tensor | None = None
        self._present: Tensor | None = None
        self._next: dict[int, Tensor] = {}
        self.reads_present = False

    @property
    def size(self) -> int:
        """Values per stream; one where nothing is kept, since engines dislike empty inputs."""
        return max(sum(self._sizes), 1)

    def reserve(self, size: int) -> int:
        """A part of the state for a block, by number."""
        self._sizes.append(size)
        return len(self._sizes) - 1

    def start(self, state: Tensor, present: Tensor | None = None) -> None:
        """Begins a run.

        Args:
            state: ``(batch, size)``.
            present: ``(batch, frames)``, 1 for frames that exist and 0 for others.
        """
        self._state, self._present, self._next = state, present, {}

    def read(self, part: int) -> Tensor:
        """A block's part, ``(batch, its size)``."""
        assert self._state is not None
        if len(self._sizes) == 1:
            return self._state
        return self._state.narrow(1, sum(self._sizes[:part]), self._sizes[part])

    def write(self, part: int, value: Tensor) -> None:
        """A block's part for the next run, of the same size.

        Raises:
            StateError: the block has run before.
        """
        if part in self._next:
            raise StateError(
                "the module calls one front end twice: each call needs a state of its own, so use "
                "two layers"
            )
        self._next[part] = value.reshape(value.shape[0], -1)

    @property
    def present(self) -> Tensor:
        """``(batch, frames)``, 1 for frames that exist and 0 for others."""
        assert self._present is not None
        return self._present

    def finish(self) -> Tensor:
        """Ends a run: the next state ``(batch, size)``.

        Raises:
            StateError: a block has not run.
        """
        assert self._state is not None
        if len(self._next) < len(self._sizes):
            raise StateError("the module holds a front end that its forward does not call")
        if not sum(self._sizes):
            return self._state * 0.0
        parts = [self._next[part] for part in range(len(self._sizes))]
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
