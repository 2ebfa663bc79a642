"""What a stream feeds its graph: zeros, padding, the signal, padding again, in chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import DTypeLike, NDArray

    from nnaudio_runtime.stream_spec import StreamSpec

Mark = tuple["NDArray[Any]", int, int, bool]
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
        >>> from nnaudio_runtime.stream_spec import StreamSpec
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
        self._most_given = 2 * (spec.chunk + self._needed)
        self._recent: NDArray[Any] = np.zeros(self._sized(0), dtype)
        self._taken = 0  # of the recent units, those that were given in chunks
        self._begun = False

    def push(self, block: NDArray[Any]) -> None:
        """Adds a block of the signal."""
        self.length += block.shape[self._axis]
        if self._begun:
            self._append(block)
            return
        self._recent = np.concatenate((self._recent, block), self._axis)
        if self._mirrors and self.length <= self._spec.pad:
            return  # the start cannot be mirrored yet
        self._begun = True
        before = [self._zeros(self._spec.lead + (0 if self._mirrors else self._spec.pad))]
        if self._mirrors:
            before.append(np.flip(self._cut(1, self._spec.pad + 1), self._axis))
        self._recent = np.concatenate((*before, self._recent), self._axis)

    def end(self) -> None:
        """Adds the padding behind the signal, which must be as long as the padding needs."""
        size = self._recent.shape[self._axis]
        if self._mirrors:
            last = self._cut(size - self._needed, size - 1)
            self._append(np.flip(last, self._axis))
        else:
            self._append(self._zeros(self._spec.pad))

    def fill(self) -> None:
        """Adds zeros up to a whole chunk."""
        left = self._recent.shape[self._axis] - self._taken
        self._append(self._zeros(self._spec.chunk - left))

    def chunk(self) -> NDArray[Any] | None:
        """The next chunk; None where there are not enough units."""
        end = self._taken + self._spec.chunk
        if not self._begun or end > self._recent.shape[self._axis]:
            if self._taken > self._most_given:
                self._append(self._zeros(0))  # so that a long block is not kept
            return None
        chunk = self._cut(self._taken, end)
        self._taken = end
        return chunk

    def mark(self) -> Mark:
        """Where the feed stands."""
        return self._recent, self._taken, self.length, self._begun

    def rewind(self, mark: Mark) -> None:
        """Goes back; arrays are never written to, so a mark stays as it was."""
        self._recent, self._taken, self.length, self._begun = mark

    def _append(self, block: NDArray[Any]) -> None:
        size = self._recent.shape[self._axis]
        done = max(0, min(self._taken, size + block.shape[self._axis] - self._needed, size))
        self._recent = np.concatenate((self._cut(done, size), block), self._axis)
        self._taken -= done

    def _cut(self, start: int, end: int) -> NDArray[Any]:
        return self._recent[(*self._before, slice(start, end))]

    def _sized(self, length: int) -> list[int]:
        shape = self._shape.copy()
        shape[self._axis] = length
        return shape

    def _zeros(self, length: int) -> NDArray[Any]:
        return np.zeros(self._sized(length), self._recent.dtype)
