"""What a graph asks of its input, checked before the graph sees it."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from nnaudio_runtime.errors import AudioError
from nnaudio_runtime.files.domain import Domain, check_domain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_FLOAT_AS_PCM = "nnaudio_runtime.to_pcm(audio) for audio in -1 ... 1"

# How audio of a whole-number type becomes audio in -1 ... 1.
_FULL_SCALE = {
    "uint8": "/ 128 - 1",
    "int8": "/ 128",
    "int16": "/ 32768",
    "int32": "/ 2147483648",
    "int64": "/ its full scale",
}
# The same for a graph that takes 16-bit PCM.
_AS_PCM = {
    "uint8": "(audio.astype(numpy.int16) - 128) * 256",
    "int8": "audio.astype(numpy.int16) * 256",
    "int32": "(audio >> 16).astype(numpy.int16)",
    "float16": _FLOAT_AS_PCM,
    "float32": _FLOAT_AS_PCM,
    "float64": _FLOAT_AS_PCM,
}


# Blocks of a stream have few values, and come often.
_FEW = 4096


@cache
def _small_weights(size: int, dtype: str) -> NDArray[Any]:
    return np.full(size, 2.0**-32, dtype)


class InputContract:
    """The shape, type, rate, length and batch that a graph takes, and a file is proved for.

    Audio graphs, whose input is ``(batch, samples)``, also take ``(samples,)`` and
    ``(batch, 1, samples)``; any other graph takes exactly its own axes.

    Args:
        axes: one fixed size or one name per axis, e.g. ``("batch", "samples")``.
        dtype: of the input.
        min_length: shortest length along ``length_axis``.
        max_length: longest one; None where there is no bound.
        min_batch: fewest signals in one run, where the batch axis, the first, is open.
        max_batch: most of them; None where there is no bound.
        length_axis: name of the axis whose length varies.
        sample_rate: of the audio in Hz; None where the graph does not say.
        domain: which values the graph takes.
        check_values: refuse NaN, infinity and values out of the domain.
        plans_memory: the longest input is what the file has memory for.

    Example:
        >>> contract = InputContract(("batch", "samples"), np.dtype("float32"), min_length=400)
        >>> contract.admit(np.zeros(16000, np.float32)).shape
        (1, 16000)
        >>> contract.admit(np.zeros(100, np.float32))
        Traceback (most recent call last):
        nnaudio_runtime.errors.AudioError: the input has 100 samples, the graph needs at least 400
    """

    def __init__(
        self,
        axes: Sequence[str | int],
        dtype: np.dtype[Any],
        *,
        min_length: int = 1,
        max_length: int | None = None,
        min_batch: int = 1,
        max_batch: int | None = None,
        length_axis: str = "samples",
        sample_rate: int | None = None,
        domain: Domain = "any",
        check_values: bool = True,
        plans_memory: bool = False,
    ) -> None:
        self.axes = tuple(axes)
        self.dtype = dtype
        self.min_length = min_length
        self.max_length = max_length
        self.min_batch, self.max_batch = min_batch, max_batch
        self.length_axis = length_axis
        self.sample_rate = sample_rate
        self.domain: Domain = domain
        self.checks_values = check_values and dtype.kind == "f"
        self._plans_memory = plans_memory
        self._is_audio = len(self.axes) == 2
        self._last: tuple[tuple[int, ...], tuple[int, ...]] = ((-1,), ())
        self._fixed = [(i, size) for i, size in enumerate(self.axes) if isinstance(size, int)]
        self._open_batch = bool(self.axes) and not isinstance(self.axes[0], int)
        # Where that axis has a fixed size, or is unknown, there is no shortest length to check.
        self._length = self.axes.index(length_axis) if length_axis in self.axes else None

    def __str__(self) -> str:
        """The accepted shapes, for people."""
        shapes = [self.axes]
        if self._is_audio:
            shapes = [self.axes[1:], self.axes, (self.axes[0], 1, self.axes[1])]
        return " or ".join(f"({', '.join(map(str, s))}{',' * (len(s) == 1)})" for s in shapes)

    def proved_for(self) -> str:
        """The domain on which the file is proved, for people.

        Example:
            >>> axes, kind = ("batch", "samples"), np.dtype("float32")
            >>> InputContract(axes, kind, max_batch=7, min_length=400).proved_for()
            'a batch of 1 ... 7, 400 samples or more'
        """
        batch = f"{self.min_batch} or more"
        if not self._open_batch:
            batch = str(self.axes[0]) if self.axes else "1"
        elif self.max_batch is not None:
            batch = f"{self.min_batch} ... {self.max_batch}"
        parts = [f"a batch of {batch}"]
        if self._length is not None and self.max_length is not None:
            parts.append(f"{self.min_length} ... {self.max_length} {self.length_axis}")
        elif self._length is not None:
            parts.append(f"{self.min_length} {self.length_axis} or more")
        if self.sample_rate is not None:
            parts.append(f"{self.sample_rate} Hz")
        if self.domain == "non-negative":
            parts.append("no value below 0")
        return ", ".join(parts)

    def admit(self, array: NDArray[Any], sample_rate: int | None = None) -> NDArray[Any]:
        """Checks an input and gives it the graph's rank.

        Args:
            array: audio in -1 ... 1, PCM samples, or whatever else the graph takes.
            sample_rate: of the audio in Hz, where known.

        Returns:
            The same values in the graph's shape; nothing is copied where the array is contiguous.

        Raises:
            AudioError: the input does not fit; the message says what would.
        """
        if array.dtype != self.dtype:
            raise AudioError(self._wrong_dtype(str(array.dtype)))
        # Streams come in blocks of one shape: what was found of the last one serves again.
        shape, wanted = self._last
        if array.shape != shape:
            shape, wanted = array.shape, self.shape(array.shape)
            self._last = shape, wanted
        self.check_rate(sample_rate)
        self.check_values(array)
        return array if wanted == shape else array.reshape(wanted)

    def admit_layout(self, shape: Sequence[int], dtype: str) -> tuple[int, ...]:
        """The same check for an array whose values are not at hand; returns the graph's shape."""
        if dtype != self.dtype.name:
            raise AudioError(self._wrong_dtype(dtype))
        return self.shape(tuple(shape))

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The graph's shape for an input of this shape.

        Raises:
            AudioError: the rank, a fixed size, the batch or the length does not fit.
        """
        full = shape
        if self._is_audio and len(shape) == 1:
            full = (1, *shape)
        elif self._is_audio and len(shape) == 3 and shape[1] == 1:
            full = (shape[0], shape[2])
        if len(full) != len(self.axes):
            several = self._is_audio and len(shape) == 3
            raise AudioError(
                f"the input has shape {shape}, the graph takes {self}"
                + (": mix the channels, or make them items of the batch" if several else "")
            )
        empty = [axis for axis, size in enumerate(full) if size == 0]
        if empty and (self.min_length or empty != [self._length]):
            raise AudioError(f"the input is empty: it has shape {shape}, the graph takes {self}")
        for axis, size in self._fixed:
            if full[axis] != size:
                raise AudioError(
                    f"the input has shape {shape}, the graph takes {self}: axis {axis} must be "
                    f"{size}, not {full[axis]}"
                )
        if full:
            self.check_batch(full[0])
        if self._length is not None and full[self._length] < self.min_length:
            raise AudioError(
                f"the input has {full[self._length]} {self.length_axis}, the graph needs at "
                f"least {self.min_length}"
            )
        if self._length is not None:
            self.check_longest(full[self._length])
        return full

    def check_batch(self, batch: int) -> None:
        """Refuses fewer or more signals in one run than the file is proved for.

        Raises:
            AudioError: the batch axis is open, and so many are outside its bounds.
        """
        if not self._open_batch:
            return
        if batch < self.min_batch:
            raise AudioError(
                f"the input has a batch of {batch}, the file is proved for at least "
                f"{self.min_batch}"
            )
        if self.max_batch is not None and batch > self.max_batch:
            raise AudioError(
                f"the input has a batch of {batch}, the file is proved for at most {self.max_batch}"
            )

    def check_longest(self, length: int) -> None:
        """Refuses a signal that is longer than the file is proved for, or has memory for.

        Args:
            length: of the whole signal; of a stream, all that came so far.

        Raises:
            AudioError: it is longer.
        """
        if self.max_length is None or length <= self.max_length:
            return
        found = f"the input has {length} {self.length_axis}, the"
        if self._plans_memory:
            raise AudioError(
                f"{found} graph has memory for {self.max_length}: cut it, or export with "
                f"max_samples={length}"
            )
        raise AudioError(f"{found} file is proved for at most {self.max_length}")

    def check_values(self, array: NDArray[Any]) -> None:
        """Refuses values that are not finite or not in the graph's domain.

        Raises:
            AudioError: the message names the first such value.
        """
        if self.checks_values:
            check_finite(array)
            check_domain(self.domain, array)

    def check_rate(self, sample_rate: int | None) -> None:
        """Refuses audio that is known to have another rate than the graph's.

        Raises:
            AudioError: the rates differ.
        """
        if sample_rate is None or self.sample_rate is None:
            return
        if sample_rate != self.sample_rate:
            raise AudioError(
                f"the audio has {sample_rate} Hz, the graph takes {self.sample_rate} Hz: resample "
                f"it, for example by soxr.resample(audio, {sample_rate}, {self.sample_rate})"
            )

    def _wrong_dtype(self, found: str) -> str:
        remedy = f"use .astype(numpy.{self.dtype})"
        if found in _FULL_SCALE and self.dtype.kind == "f" and self._is_audio:
            remedy = f"use audio.astype(numpy.{self.dtype}) {_FULL_SCALE[found]}"
        if found in _AS_PCM and self.dtype == np.int16 and self._is_audio:
            remedy = f"use {_AS_PCM[found]}"
        return f"the input is {found}, the graph takes {self.dtype}: {remedy}"


def check_finite(array: NDArray[Any]) -> None:
    """Refuses NaN and infinity.

    One product of the values with themselves is NaN or infinite if any of them is, and costs a
    fraction of looking at each. It may also overflow, so the values decide then.

    Raises:
        AudioError: the message names the first such value.
    """
    flat = array.reshape(-1)
    if flat.size <= _FEW:
        # Small weights: nothing overflows, and no state of NumPy has to be set up against it.
        if math.isfinite(np.dot(flat, _small_weights(flat.size, flat.dtype.char))):
            return
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            square = np.dot(flat, flat)
        if math.isfinite(square):
            return
    finite = np.isfinite(flat)
    if not finite.all():
        bad = np.flatnonzero(~finite)
        index = ", ".join(str(i) for i in np.unravel_index(bad[0], array.shape))
        raise AudioError(
            f"the input holds {bad.size} values that are not finite, the first is "
            f"{flat[bad[0]]} at [{index}]: clean it, or load with check_finite=False"
        )
