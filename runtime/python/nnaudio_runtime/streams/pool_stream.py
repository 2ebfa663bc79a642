"""A stream of a pool, and what a step gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray


class Pool(Protocol):
    """What a stream asks of the pool that it is in; ``StreamPool`` is the one there is."""

    def _has(self, stream: PoolStream) -> bool: ...

    def _push(self, stream: PoolStream, block: NDArray[Any], sample_rate: int | None) -> None: ...

    def _flush(self, stream: PoolStream) -> None: ...

    def _close(self, stream: PoolStream) -> None: ...


class PoolStream:
    """One signal of a pool.

    Attributes:
        slot: its row of the pool's arrays.
    """

    def __init__(self, pool: Pool, slot: int) -> None:
        self.slot = slot
        self._pool = pool

    @property
    def ended(self) -> bool:
        """Whether it has left: all was given, or it was closed."""
        return not self._pool._has(self)

    def push(self, block: NDArray[Any], sample_rate: int | None = None) -> None:
        """Queues the next block of the signal for :meth:`StreamPool.step`.

        Args:
            block: as :meth:`nnaudio_runtime.streams.stream.Stream.push` takes for a batch of one.
            sample_rate: of the block in Hz, checked where given.

        Raises:
            AudioError: the block does not fit, the stream has ended, or too much is queued already.
        """
        self._pool._push(self, block, sample_rate)

    def flush(self) -> None:
        """Ends the signal: the steps that follow give the rest, and then its slot is free.

        Raises:
            AudioError: the whole signal is too short, or has ended already.
        """
        self._pool._flush(self)

    def close(self) -> None:
        """Leaves the pool without the rest."""
        self._pool._close(self)

    def __enter__(self) -> PoolStream:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes it."""
        self.close()


class Ready:
    """What a step gave: pairs of a stream and its outputs, or the arrays of all slots at once.

    Its truth is whether the graph ran, its length the number of streams that it ran for.

    Attributes:
        streams: that had a chunk.
        outputs: of the graph, ``(slots, bins, frames)``.
        slots: of those streams.
        starts: of what is new to each of them, along time.
        stops: its ends.
    """

    def __init__(
        self,
        streams: list[PoolStream],
        outputs: list[NDArray[Any]],
        time_axes: list[int],
        slots: NDArray[np.intp],
        starts: NDArray[np.int64],
        stops: NDArray[np.int64],
    ) -> None:
        self.streams, self.outputs = streams, outputs
        self.slots, self.starts, self.stops = slots, starts, stops
        self._time_axes = time_axes

    def __len__(self) -> int:
        return len(self.streams)

    def __iter__(self) -> Iterator[tuple[PoolStream, Any]]:
        """Each stream that was given something, with a view, ``(1, bins, frames)``."""
        places = (self.slots.tolist(), self.starts.tolist(), self.stops.tolist())
        for stream, slot, start, stop in zip(self.streams, *places, strict=True):
            if start < stop:
                parts = tuple(
                    one[(slice(slot, slot + 1), *[slice(None)] * (axis - 1), slice(start, stop))]
                    for one, axis in zip(self.outputs, self._time_axes, strict=True)
                )
                yield stream, parts[0] if len(parts) == 1 else parts
