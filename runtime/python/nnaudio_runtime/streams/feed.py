"""What a stream feeds its graph: zeros, padding, the signal, padding again, in chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import DTypeLike, NDArray

    from nnaudio_runtime.files.stream_spec import StreamSpec

# Chunks, and what the padding needs, that a buffer has room for: so seldom is a new one needed.
_ROOM = 16
# Times that room, beyond which a buffer is given back when its chunks have been.
_MOST = 4

Mark = tuple["NDArray[Any]", int, int, int, bool]
"""Where a feed stands, for :meth:`Feed.rewind`."""


class Feed:
    """Blocks of any length in, chunks of one length out, with the padding of the whole signal.

    Args:
        spec: what is fed.
        shape: of a block, with any length.
        axis: along which blocks follow one another.
        dtype: of the values.

    Attributes:
        length: of the signal so far.
        least: length that the padding at the end needs.

    Example:
        >>> from nnaudio_runtime.files.stream_spec import StreamSpec
        >>> spec = StreamSpec(chunk=4, hop=4, frame_length=4, state_size=1, pad=1, lead=1)
        >>> feed = Feed(spec, (1, 0), 1, np.float32)
        >>> feed.push(np.array([[1.0, 2.0, 3.0]], np.float32))  # fed so far: 0, 2, 1, 2, 3
        >>> feed.chunk()
        array([[0., 2., 1., 2.]], dtype=float32)
        >>> feed.chunk() is None
        True
    """

    def __init__(self, spec: StreamSpec, shape: Sequence[int], axis: int, dtype: DTypeLike) -> None:
        self.length = 0
        self._spec = spec
        self._axis = axis
        self._shape = list(shape)
        self._before = (slice(None),) * axis
        self._mirrors = spec.pad_mode == "reflect" and spec.pad > 0
        # Of the signal, what the padding at its end may still need.
        self.least = self._needed = spec.pad + 1 if self._mirrors else 0
        self._roomy = _ROOM * (self._needed + spec.chunk)
        # What was fed lies in a buffer up to `end`, up to `taken` it was given in chunks.
        self._buffer: NDArray[Any] = np.zeros(self._sized(self._roomy), dtype)
        self._end = 0
        self._taken = 0
        self._begun = False

    def push(self, block: NDArray[Any]) -> None:
        """Adds a block of the signal."""
        self.length += block.shape[self._axis]
        if self._begun:
            self._append(block)
            return
        if self._mirrors and self.length <= self._spec.pad:
            self._append(block)
            return  # the start cannot be mirrored yet
        start = np.concatenate((self._cut(0, self._end), block), self._axis)
        self._buffer = np.empty_like(self._buffer)  # a mark may still need the old one
        self._end = 0
        self._begun = True
        self._append(self._zeros(self._spec.lead + (0 if self._mirrors else self._spec.pad)))
        if self._mirrors:
            mirrored = start[(*self._before, slice(1, self._spec.pad + 1))]
            self._append(np.flip(mirrored, self._axis))
        self._append(start)

    def end(self) -> None:
        """Adds the padding behind the signal, which must be as long as the padding needs."""
        if self._mirrors:
            self._append(np.flip(self._cut(self._end - self._needed, self._end - 1), self._axis))
        else:
            self._append(self._zeros(self._spec.pad))

    def fill(self) -> None:
        """Adds zeros up to a whole chunk."""
        self._append(self._zeros(self._spec.chunk - (self._end - self._taken)))

    def chunk(self) -> NDArray[Any] | None:
        """The next chunk, a view; None where there are not enough units."""
        end = self._taken + self._spec.chunk
        if not self._begun or end > self._end:
            if self._buffer.shape[self._axis] > _MOST * self._roomy:
                self._renew(0)  # so that a long block is not kept
            return None
        chunk = self._cut(self._taken, end)
        self._taken = end
        return chunk

    def started(self) -> NDArray[Any] | None:
        """All that was fed and not given; None where the start cannot be mirrored yet."""
        return self._cut(self._taken, self._end) if self._begun else None

    def mark(self) -> Mark:
        """Where the feed stands."""
        return self._buffer, self._end, self._taken, self.length, self._begun

    def rewind(self, mark: Mark) -> None:
        """Goes back; what lies before the end of a buffer is never written to again."""
        self._buffer, self._end, self._taken, self.length, self._begun = mark

    def _append(self, block: NDArray[Any]) -> None:
        end = self._end + block.shape[self._axis]
        if end > self._buffer.shape[self._axis]:
            self._renew(block.shape[self._axis])
            end = self._end + block.shape[self._axis]
        self._buffer[(*self._before, slice(self._end, end))] = block
        self._end = end

    def _renew(self, more: int) -> None:
        """Begins a new buffer with room for more; a mark may still need the old one."""
        kept = self._cut(max(0, min(self._taken, self._end - self._needed)), self._end)
        size = kept.shape[self._axis]
        self._taken -= self._end - size
        self._buffer = np.empty(self._sized(self._roomy + size + more), self._buffer.dtype)
        self._buffer[(*self._before, slice(0, size))] = kept
        self._end = size

    def _cut(self, start: int, end: int) -> NDArray[Any]:
        return self._buffer[(*self._before, slice(start, end))]

    def _sized(self, length: int) -> list[int]:
        shape = self._shape.copy()
        shape[self._axis] = length
        return shape

    def _zeros(self, length: int) -> NDArray[Any]:
        return np.zeros(self._sized(length), self._buffer.dtype)
