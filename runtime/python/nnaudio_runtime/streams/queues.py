"""What the streams of a pool have yet to feed their graph: one row of an array each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import DTypeLike, NDArray

    from nnaudio_runtime.files.stream_spec import StreamSpec


class Queues:
    """Rows that blocks are added to behind and chunks taken from in front.

    Rows whose counts agree, which are most in a server whose streams tick alike, are written and
    read with one slice.

    Args:
        spec: what is fed.
        slots: rows.
        rest: shape of one unit: ``()`` for audio.
        dtype: of the values.
        limit: units that a row has room for, those that were taken left out.

    Example:
        >>> from nnaudio_runtime.files.stream_spec import StreamSpec
        >>> spec = StreamSpec(chunk=2, hop=1, frame_length=1, state_size=1)
        >>> queues = Queues(spec, 3, (), np.float32, limit=8)
        >>> queues.append(1, np.array([1.0, 2.0, 3.0], np.float32))
        >>> chunks = np.zeros((3, 2), np.float32)
        >>> queues.take(np.array([1]), chunks)
        >>> chunks[1], queues.waiting
        (array([1., 2.], dtype=float32), array([0, 1, 0]))
    """

    def __init__(
        self, spec: StreamSpec, slots: int, rest: Sequence[int], dtype: DTypeLike, limit: int
    ) -> None:
        self._chunk, self._pad = spec.chunk, spec.pad
        self._mirrors = spec.pad_mode == "reflect" and spec.pad > 0
        # Of the signal, what the padding at its end may still need.
        self._needed = spec.pad + 1 if self._mirrors else 0
        # Rows that hold so much that nobody needs move to their start.
        self._stale = 2 * (self._needed + spec.chunk)
        room = self._stale + self._needed + limit
        self._rows: NDArray[Any] = np.zeros((slots, room, *rest), dtype)
        self._ends = np.zeros(slots, np.int64)
        self._taken = np.zeros(slots, np.int64)

    @property
    def waiting(self) -> NDArray[np.int64]:
        """Units of each row that were not taken yet."""
        return self._ends - self._taken

    def clear(self, slot: int) -> None:
        """Empties a row."""
        self._ends[slot] = self._taken[slot] = 0

    def append(self, slot: int, block: NDArray[Any]) -> None:
        """Adds to one row.

        Args:
            slot: of the row.
            block: ``(units, *rest)``.
        """
        end, taken = int(self._ends[slot]), int(self._taken[slot])
        stale = min(taken, end - self._needed)
        if stale >= self._stale:
            self._move(np.array([slot]), stale, end)
            end -= stale
        self._rows[slot, end : end + len(block)] = block
        self._ends[slot] = end + len(block)

    def append_all(self, slots: NDArray[np.intp], blocks: NDArray[Any]) -> None:
        """Adds a block of ``(slots, units, *rest)`` to several rows."""
        ends, stale = self._ends[slots], np.minimum(self._taken, self._ends - self._needed)[slots]
        for i in _groups(ends * self._rows.shape[1] + stale, stale >= self._stale):
            self._move(slots[i], int(stale[i[0]]), int(ends[i[0]]))
        size = blocks.shape[1]
        ends = self._ends[slots]
        for i in _groups(ends):
            end = int(ends[i[0]])
            if len(i) == len(self._rows):
                self._rows[:, end : end + size] = blocks
            else:
                self._rows[slots[i], end : end + size] = blocks[i]
        self._ends[slots] += size

    def finish(self, slot: int) -> None:
        """Adds the padding behind the signal of a row."""
        end = int(self._ends[slot])
        if self._mirrors:
            self.append(slot, self._rows[slot, end - self._needed : end - 1][::-1].copy())
        else:
            self.append(slot, np.zeros((self._pad, *self._rows.shape[2:]), self._rows.dtype))

    def take(self, slots: NDArray[np.intp], chunks: NDArray[Any]) -> None:
        """Moves a chunk of each of the rows to its place in ``chunks``; zeros where too few wait.

        Args:
            slots: of the rows.
            chunks: ``(all slots, chunk, *rest)``.
        """
        taken = self._taken[slots]
        for i in _groups(taken):
            start = int(taken[i[0]])
            end = start + self._chunk
            if len(i) == len(self._rows):
                chunks[...] = self._rows[:, start:end]
            else:
                chunks[slots[i]] = self._rows[slots[i], start:end]
        short = self.waiting[slots] < self._chunk
        for slot in slots[short]:
            chunks[slot, int(self._ends[slot] - self._taken[slot]) :] = 0
        self._taken[slots] = np.minimum(taken + self._chunk, self._ends[slots])

    def untake(self, slots: NDArray[np.intp], waiting: NDArray[np.int64]) -> None:
        """Puts back what was taken since so many units waited."""
        self._taken[slots] = self._ends[slots] - waiting

    def _move(self, slots: NDArray[np.intp], start: int, end: int) -> None:
        """Moves what lies between two places of some rows to their start."""
        self._rows[slots, : end - start] = self._rows[slots, start:end]
        self._ends[slots] -= start
        self._taken[slots] -= start


def _groups(
    keys: NDArray[np.int64], where: NDArray[np.bool_] | None = None
) -> Iterator[NDArray[np.intp]]:
    """Places of equal keys, group by group, each in order."""
    places = np.arange(len(keys)) if where is None else np.flatnonzero(where)
    while len(places):
        alike = keys[places] == keys[places[0]]
        yield places[alike]
        places = places[~alike]
