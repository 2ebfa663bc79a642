"""Many streams at once through one graph: a batch whose rows come and go."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from nnaudio_runtime.errors import AudioError
from nnaudio_runtime.streams.feed import Feed
from nnaudio_runtime.streams.pool_stream import PoolStream, Ready
from nnaudio_runtime.streams.queues import Queues
from nnaudio_runtime.streams.stream import checked_block, stream_contract, time_axes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nnaudio_runtime.engines.engine import Stepper
    from nnaudio_runtime.files.input_contract import InputContract
    from nnaudio_runtime.files.metadata import Metadata
    from nnaudio_runtime.files.stream_spec import StreamSpec

_NEVER = np.iinfo(np.int64).max // 2


class StreamPool:
    """Streams that share one run of the graph for each of their chunks.

    Made by :meth:`nnaudio_runtime.Frontend.pool`. Streams join and leave at any time, and may be
    pushed from any thread; a push waits while a step runs. What the steps give for a stream, put
    together, is what the layer gives for its whole signal.

    A server's loop::

        pool = frontend.pool(slots=100)
        with pool.join() as stream:
            stream.push(block)
            for stream, features in pool.step():
                send(stream, features)
    """

    def __init__(
        self,
        spec: StreamSpec,
        info: Metadata,
        stepper: Stepper,
        contract: InputContract,
        slots: int,
        backlog: int,
    ) -> None:
        self._spec, self._info, self._stepper = spec, info, stepper
        self._axis = contract.axes.index(info.length_axis)
        self._whole = contract
        self._one = stream_contract(contract, info, 1)
        self._many = stream_contract(contract, info, "batch")
        self._shape = [axis if isinstance(axis, int) else 0 for axis in self._one.axes]
        rest = [size for i, size in enumerate(self._shape) if i not in (0, self._axis)]
        self._limit = backlog * spec.chunk
        around = spec.lead + 2 * spec.pad
        self._queues = Queues(spec, slots, rest, contract.dtype, self._limit + around)
        self._chunks: NDArray[Any] = np.zeros((slots, spec.chunk, *rest), contract.dtype)
        self._chunk = np.moveaxis(self._chunks, 1, self._axis)
        self._time_axes = time_axes(info)
        self._streams: list[PoolStream | None] = [None] * slots
        self._starting: dict[int, Feed] = {}
        self._lengths = np.zeros(slots, np.int64)
        self._runs = np.zeros(slots, np.int64)
        # Of ended streams: how many outputs, and how many frames, their runs give in all.
        self._ends = np.full(slots, _NEVER)
        self._frames = np.full(slots, _NEVER)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Streams that have joined and not left."""
        return sum(stream is not None for stream in self._streams)

    @property
    def streams(self) -> list[PoolStream]:
        """Those whose signal goes on, in the order of their slots."""
        return [stream for slot in self._open() if (stream := self._streams[slot]) is not None]

    def join(self) -> PoolStream:
        """Begins a stream.

        Raises:
            AudioError: all slots are taken.
        """
        with self._lock:
            if None not in self._streams:
                raise AudioError(
                    f"all {len(self._streams)} slots of the pool are taken: close a stream, or "
                    "make the pool with more slots"
                )
            slot = self._streams.index(None)
            self._starting[slot] = Feed(self._spec, self._shape, self._axis, self._one.dtype)
            self._queues.clear(slot)
            self._stepper.clear(slot)
            self._lengths[slot] = self._runs[slot] = 0
            self._ends[slot] = self._frames[slot] = _NEVER
            stream = PoolStream(self, slot)
            self._streams[slot] = stream
            return stream

    def push_all(self, blocks: NDArray[Any], sample_rate: int | None = None) -> None:
        """Queues a block for each of :attr:`streams`, much faster than one by one.

        Args:
            blocks: ``(streams, samples)``; for an inverse ``(streams, bins, frames, 2)``.
            sample_rate: of the blocks in Hz, checked where given.

        Raises:
            AudioError: the blocks do not fit, or too much is queued already.
        """
        with self._lock:
            admitted = self._many.admit(checked_block(blocks), sample_rate)
            slots = self._open()
            if len(admitted) != len(slots):
                raise AudioError(
                    f"the blocks have shape {blocks.shape}, the pool has {len(slots)} streams "
                    "that go on: give one row for each"
                )
            if not admitted.size:
                return
            size = admitted.shape[self._axis]
            self._whole.check_longest(int(self._lengths[slots].max()) + size)
            self._refuse_more_than_room(int(self._waiting()[slots].max()), size)
            if self._starting:
                for slot, row in zip(slots.tolist(), admitted, strict=True):
                    self._queue(slot, row[None])
                return
            self._queues.append_all(slots, np.moveaxis(admitted, self._axis, 1))
            self._lengths[slots] += size

    def step(self) -> Ready:
        """Runs the graph once, for every stream that has a chunk.

        Returns:
            What became ready; streams without a chunk stand still.
        """
        with self._lock:
            spec, per_run = self._spec, self._spec.frames_per_chunk * self._spec.per_frame
            waiting, first = self._queues.waiting, self._runs * per_run
            ended = self._ends < _NEVER
            ready = np.where(ended, first < self._ends, waiting >= spec.chunk)
            slots = np.flatnonzero(ready)
            if not len(slots):
                return Ready([], [], self._time_axes, slots, slots, slots)
            self._queues.take(slots, self._chunks)
            self._stepper.mark()
            try:
                values = self._stepper.step(self._chunk, self._presence())
                if len(slots) < len(ready):
                    self._stepper.hold(np.flatnonzero(~ready))
            except BaseException:
                self._stepper.rewind()
                self._queues.untake(slots, waiting[slots])
                raise
            self._runs[slots] += 1
            starts = np.maximum(spec.skipped - first[slots], 0).clip(max=per_run)
            stops = np.minimum(self._ends[slots] - first[slots], per_run)
            streams = [stream for slot in slots if (stream := self._streams[slot]) is not None]
            for slot in slots[ended[slots]].tolist():
                self._leave_at_end(slot)
            # A copy: the engine writes the next run's outputs to the same place.
            outputs = [one.copy() for one in values]
            return Ready(streams, outputs, self._time_axes, slots, starts, stops)

    def _presence(self) -> NDArray[np.float32] | None:
        """Which frames of the next run exist; None where the graph does not ask."""
        spec = self._spec
        if spec.present is None:
            return None
        frames = self._runs[:, None] * spec.frames_per_chunk + np.arange(spec.frames_per_chunk)
        exist = (frames >= spec.warmup) & (frames < self._frames[:, None])
        return exist.astype(np.float32)

    def _push(self, stream: PoolStream, block: NDArray[Any], sample_rate: int | None) -> None:
        with self._lock:
            self._refuse_ended(self._slot(stream))
            admitted = self._one.admit(checked_block(block), sample_rate)
            if not admitted.size:
                return
            size = admitted.shape[self._axis]
            self._whole.check_longest(int(self._lengths[stream.slot]) + size)
            self._refuse_more_than_room(int(self._waiting()[stream.slot]), size)
            self._queue(stream.slot, admitted)

    def _flush(self, stream: PoolStream) -> None:
        with self._lock:
            slot = self._slot(stream)
            self._refuse_ended(slot)
            length, least = int(self._lengths[slot]), self._info.min_length
            if length < least:
                raise AudioError(
                    f"the stream has {length} {self._info.length_axis}, the graph needs at least "
                    f"{least}: push more before flush, or close the stream"
                )
            self._queues.finish(slot)
            self._ends[slot] = self._spec.skipped + self._spec.outputs(length)
            self._frames[slot] = self._spec.warmup + self._spec.frames(length)
            self._leave_at_end(slot)

    def _close(self, stream: PoolStream) -> None:
        with self._lock:
            if self._streams[stream.slot] is stream:
                self._leave(stream.slot)

    def _has(self, stream: PoolStream) -> bool:
        return self._streams[stream.slot] is stream

    def _slot(self, stream: PoolStream) -> int:
        if not self._has(stream):
            raise AudioError("the stream has ended: begin another with StreamPool.join()")
        return stream.slot

    def _queue(self, slot: int, block: NDArray[Any]) -> None:
        """Adds a block ``(1, samples)`` that fits to a stream."""
        self._lengths[slot] += block.shape[self._axis]
        feed = self._starting.get(slot)
        if feed is not None:
            feed.push(block)
            started = feed.started()
            if started is None:
                return
            block = started
            del self._starting[slot]
        self._queues.append(slot, np.moveaxis(block, self._axis, 1)[0])

    def _waiting(self) -> NDArray[np.int64]:
        waiting = self._queues.waiting
        for slot, feed in self._starting.items():
            waiting[slot] = feed.length
        return waiting

    def _open(self) -> NDArray[np.intp]:
        joined = np.array([stream is not None for stream in self._streams])
        return np.flatnonzero(joined & (self._ends == _NEVER))

    def _refuse_ended(self, slot: int) -> None:
        if self._ends[slot] < _NEVER:
            raise AudioError(
                "the stream was flushed: step the pool for its rest, and begin another with "
                "StreamPool.join()"
            )

    def _refuse_more_than_room(self, waiting: int, size: int) -> None:
        if waiting + size > self._limit:
            raise AudioError(
                f"the stream has {waiting} {self._info.length_axis} waiting and is given {size} "
                f"more, the pool keeps {self._limit}: step it more often, or make it with a larger "
                "backlog"
            )

    def _leave_at_end(self, slot: int) -> None:
        per_run = self._spec.frames_per_chunk * self._spec.per_frame
        if self._runs[slot] * per_run >= self._ends[slot]:
            self._leave(slot)

    def _leave(self, slot: int) -> None:
        self._streams[slot] = None
        self._starting.pop(slot, None)
        self._queues.clear(slot)
        self._ends[slot] = _NEVER
