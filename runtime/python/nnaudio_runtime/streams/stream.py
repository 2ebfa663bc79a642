"""A stream: the numbers of the whole signal, a block at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from nnaudio_runtime.errors import AudioError, ModelFileError
from nnaudio_runtime.files.input_contract import InputContract
from nnaudio_runtime.files.stream_spec import time_axis
from nnaudio_runtime.streams.feed import Feed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from numpy.typing import NDArray

    from nnaudio_runtime.engines.engine import Stepper
    from nnaudio_runtime.files.metadata import Metadata
    from nnaudio_runtime.files.stream_spec import StreamSpec


class Stream:
    """One signal, or a batch of signals in step, that go through a streaming graph.

    Made by :meth:`nnaudio_runtime.Frontend.stream`. What :meth:`push` and :meth:`flush` give, put
    together, is what the layer gives for the whole signal, wherever it is cut. A push that is
    refused changes nothing.

    Attributes:
        frames: how many frames (samples, where the output is audio) were given so far.
    """

    def __init__(
        self,
        spec: StreamSpec,
        info: Metadata,
        stepper: Stepper,
        contract: InputContract,
        batch: int,
        failures: tuple[type[Exception], ...],
    ) -> None:
        self.frames = 0
        self._spec = spec
        self._info = info
        self._stepper = stepper
        self._failures = failures
        self._axis = contract.axes.index(info.length_axis)
        self._whole = contract
        self._contract = stream_contract(contract, info, batch)
        shape = [axis if isinstance(axis, int) else 0 for axis in self._contract.axes]
        self._feed = Feed(spec, shape, self._axis, contract.dtype)
        self._per_run = spec.frames_per_chunk * spec.per_frame
        self._skipped = spec.skipped
        self._takers = [
            _Taker(index, axis, self._per_run) for index, axis in enumerate(time_axes(info))
        ]
        self._present = _presence(spec, batch)
        self._runs = 0
        self._last = 0
        self._closed = False
        self._busy = threading.Lock()

    @property
    def time_axes(self) -> list[int]:
        """Of each output, the axis along which what is given goes on."""
        return [take.axis for take in self._takers]

    def push(self, block: NDArray[Any], sample_rate: int | None = None) -> Any:
        """Takes the next block of the signal.

        Args:
            block: any number of samples, also none: ``(batch, samples)``, ``(batch, 1, samples)``
                or, for a batch of one, ``(samples,)``; for an inverse ``(batch, bins, frames, 2)``.
            sample_rate: of the block in Hz, checked where given.

        Returns:
            What became ready, ``(batch, bins, frames)`` with 0 frames or more, an array of its own;
            a tuple where the graph has several outputs.

        Raises:
            AudioError: the block does not fit, the signal grows longer than the file is proved
                for, the engine cannot compute it, the stream has ended, or another thread is
                pushing.
        """
        self._enter()
        try:
            admitted = self._contract.admit(checked_block(block), sample_rate)
            if admitted.size:
                self._whole.check_longest(self._feed.length + admitted.shape[self._axis])
                self._feed.push(admitted)
            return self._gathered()
        except BaseException:
            self._rewind()
            raise
        finally:
            self._busy.release()

    def flush(self) -> Any:
        """Ends the signal and gives the rest.

        Returns:
            As :meth:`push`.

        Raises:
            AudioError: the whole signal is too short, or has ended already.
        """
        self._enter()
        try:
            length, least = self._feed.length, max(self._info.min_length, self._feed.least)
            if length < least:
                raise AudioError(
                    f"the stream has {length} {self._info.length_axis}, the graph needs at least "
                    f"{least}: push more before flush, or close the stream"
                )
            self._feed.end()
            rest = self._gathered(end=self._spec.skipped + self._spec.outputs(length))
            self._closed = True
            return rest
        except BaseException:
            self._rewind()
            raise
        finally:
            self._busy.release()

    def times(self) -> NDArray[np.float64]:
        """Times of the centres of the frames that the last push gave, in seconds from the start.

        Counted from the first frame, so that they do not drift.

        Raises:
            ModelFileError: the graph does not say its rate, hop and offset.
        """
        info = self._info
        audio = self._spec.per_frame > 1
        hop = 1 if audio else info.hop_length
        offset = 0 if audio else info.frame_offset
        if info.sample_rate is None or hop is None or offset is None:
            raise ModelFileError(
                f"{info.layer} does not say its sample_rate, hop_length and frame_offset: its "
                "frames have no known times"
            )
        numbers = np.arange(self.frames - self._last, self.frames)
        return (offset + hop * numbers) / np.float64(info.sample_rate)

    def close(self) -> None:
        """Ends the stream without asking for the rest."""
        self._closed = True

    def __enter__(self) -> Stream:
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

    def _enter(self) -> None:
        """Begins a push: on one thread, and with a mark to go back to."""
        if not self._busy.acquire(blocking=False):
            raise AudioError("another thread is pushing this stream: give each thread its own")
        if self._closed:
            self._busy.release()
            raise AudioError("the stream has ended: begin another with Frontend.stream()")
        self._mark = self._feed.mark(), self._runs, self.frames, self._last
        self._stepper.mark()

    def _rewind(self) -> None:
        feed, self._runs, self.frames, self._last = self._mark
        self._feed.rewind(feed)
        self._stepper.rewind()

    def _gathered(self, end: int | None = None) -> Any:
        """Runs all chunks that there are; at the end, as many as outputs are due.

        Args:
            end: number of the output, counted from the stream's very first, that is no more given.
        """
        pieces: list[list[NDArray[Any]]] = []
        self._last = 0
        while end is None or self._runs * self._per_run < end:
            chunk = self._feed.chunk()
            if chunk is None:
                if end is None:
                    break
                self._feed.fill()
                continue
            values = self._stepped(chunk, end)
            first = self._runs * self._per_run
            self._runs += 1
            start = max(self._skipped - first, 0)
            stop = self._per_run if end is None else min(self._per_run, end - first)
            if start < stop:
                pieces.append([take(values, start, stop) for take in self._takers])
                self._last += stop - start
        self.frames += self._last
        if not pieces:
            outputs = [take.none(self._stepper.shapes) for take in self._takers]
        elif len(pieces) == 1:
            outputs = pieces[0]
        else:
            outputs = [take.joined(pieces) for take in self._takers]
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def _stepped(self, chunk: NDArray[Any], end: int | None) -> Sequence[NDArray[Any]]:
        try:
            return self._stepper.step(chunk, self._presence_of_run(end))
        except self._failures as error:
            raise AudioError(
                f"the engine cannot compute the stream's next chunk: {error}"
            ) from error

    def _presence_of_run(self, end: int | None) -> NDArray[np.float32] | None:
        """Which frames of the next run exist; None where the graph does not ask."""
        if self._present is None:
            return None
        spec = self._spec
        first = self._runs * spec.frames_per_chunk
        if end is None and first >= spec.warmup:
            return self._present
        frames = first + np.arange(spec.frames_per_chunk)
        exist = frames >= spec.warmup
        if end is not None:
            exist &= frames < spec.warmup + spec.frames(self._feed.length)
        return self._present * exist.astype(np.float32)


class _Taker:
    """Takes a part of one of the outputs along time.

    Args:
        index: of the output.
        axis: of time.
        whole: its length in one run.
    """

    def __init__(self, index: int, axis: int, whole: int) -> None:
        self.index = index
        self.axis = axis
        self._whole = whole
        self._before = (slice(None),) * axis

    def __call__(self, values: Sequence[NDArray[Any]], start: int, stop: int) -> NDArray[Any]:
        """A copy: the engine writes the next run's outputs to the same place."""
        one = values[self.index]
        if stop - start < self._whole:
            one = one[(*self._before, slice(start, stop))]
        return one.copy()

    def joined(self, pieces: list[list[NDArray[Any]]]) -> NDArray[Any]:
        return np.concatenate([piece[self.index] for piece in pieces], self.axis)

    def none(self, shapes: list[tuple[int, ...]]) -> NDArray[np.float32]:
        shape = list(shapes[self.index])
        shape[self.axis] = 0
        return np.zeros(shape, np.float32)


def checked_block(block: NDArray[Any]) -> NDArray[Any]:
    """The block itself.

    Raises:
        AudioError: it is no NumPy array.
    """
    if not isinstance(block, np.ndarray):
        raise AudioError(
            f"the block is a {type(block).__name__}, it must be a NumPy array "
            "(numpy.asarray(block, numpy.float32))"
        )
    return block


def stream_contract(contract: InputContract, info: Metadata, batch: int | str) -> InputContract:
    """What is asked of a block: as of a whole signal, but of any length."""
    return InputContract(
        (batch, *contract.axes[1:]),
        contract.dtype,
        min_length=0,
        length_axis=info.length_axis,
        sample_rate=contract.sample_rate,
        domain=contract.domain,
        check_values=contract.checks_values,
    )


def time_axes(info: Metadata) -> list[int]:
    """Of each output, the axis along which what is given goes on; a loaded file has them all."""
    axes = map(time_axis, info.output_axes)
    return [axis for axis in axes if axis is not None]


def _presence(spec: StreamSpec, batch: int) -> NDArray[np.float32] | None:
    if spec.present is None:
        return None
    return np.ones((batch, spec.frames_per_chunk), np.float32)
