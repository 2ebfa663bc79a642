"""A loaded front end: audio in, features out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from nnaudio_runtime.engines.engine import SupportsDlpack
from nnaudio_runtime.engines.microbatch_stepper import MicrobatchStepper
from nnaudio_runtime.errors import AudioError, ModelFileError, SelfTestError
from nnaudio_runtime.files.input_contract import InputContract
from nnaudio_runtime.files.properties import fixed_size
from nnaudio_runtime.streams.stream import Stream
from nnaudio_runtime.streams.stream_pool import StreamPool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from nnaudio_runtime.engines.engine import Engine
    from nnaudio_runtime.engines.placement import Placement
    from nnaudio_runtime.files.metadata import Metadata
    from nnaudio_runtime.files.stream_spec import StreamSpec

_log = logging.getLogger("nnaudio_runtime")


class Frontend:
    """A graph that computes features, made by :func:`nnaudio_runtime.load`.

    It may be called from several threads at once.

    Attributes:
        info: what the file says about itself; None for a graph without our metadata.
        input_name: name of the input.
        output_names: names of the outputs.
        provider: what runs the graph, e.g. ``"CPUExecutionProvider"``.
        contract: what is asked of an input.
    """

    def __init__(
        self, path: Path, engine: Engine, info: Metadata | None, *, check_finite: bool = True
    ) -> None:
        self.path = path
        self.info = info
        self.input_name = engine.input_name
        self.output_names = engine.output_names
        self.provider = engine.provider
        self.contract = _contract(path, engine, info, check_finite)
        self._engine = engine
        _log.info("%s runs on %s", path, engine.provider)
        if info is None:
            _log.warning(
                "%s has no metadata of nnaudio-export: it runs as a plain graph, without a check "
                "of rate and length, frame times and self-test",
                path,
            )

    def __repr__(self) -> str:
        """Its file, what it takes and gives, and where it runs."""
        outputs = ", ".join(self.output_names)
        return f"<Frontend {self.path.name}: {self.contract} -> {outputs}, {self.provider}>"

    def __call__(self, audio: NDArray[Any] | SupportsDlpack, sample_rate: int | None = None) -> Any:
        """Computes the features; the same as :meth:`run`, without names.

        Returns:
            The output, or a tuple of them where there are several.
        """
        outputs = self._outputs(audio, sample_rate)
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def run(
        self, audio: NDArray[Any] | SupportsDlpack, sample_rate: int | None = None
    ) -> dict[str, Any]:
        """Computes the features.

        Args:
            audio: float32 in -1 ... 1, or int16 PCM for a file that takes it, shape ``(batch,
                samples)``, ``(samples,)`` or ``(batch, 1, samples)``; for an inverse, what its
                metadata says. A NumPy array, or an array of another library on the CPU or on
                CUDA, taken through DLPack without a copy.
            sample_rate: of the audio in Hz, checked against the graph's where given.

        Returns:
            Output name -> array, e.g. ``(batch, bins, frames)``. NumPy in, NumPy out; for any
            other array an object on the graph's device that ``from_dlpack`` takes.

        Raises:
            AudioError: the audio does not fit; the message says what would. Values on a GPU are
                not looked at, since that would copy them back.
        """
        return dict(zip(self.output_names, self._outputs(audio, sample_rate), strict=True))

    def _outputs(
        self, audio: NDArray[Any] | SupportsDlpack, sample_rate: int | None
    ) -> Sequence[Any]:
        try:
            if isinstance(audio, np.ndarray):
                admitted = self.contract.admit(audio, sample_rate)
                return self._streamed(admitted) if self._streams else self._engine.run(admitted)
            if isinstance(audio, SupportsDlpack) and self._streams:
                raise AudioError(
                    f"the input is a {type(audio).__name__}, a streaming graph takes a NumPy array"
                )
            if isinstance(audio, SupportsDlpack):
                self.contract.check_rate(sample_rate)
                return self._engine.run_device(audio, self.contract)
        except self._engine.failures as error:
            # Of a plain graph nobody told the shortest length, for example.
            raise AudioError(f"{self.path} cannot compute this input: {error}") from error
        raise AudioError(
            f"the input is a {type(audio).__name__}, it must be a NumPy array "
            "(numpy.asarray(audio, numpy.float32)) or an array with __dlpack__"
        )

    def pool(self, slots: int = 256, *, backlog: int = 64, per_run: int = 256) -> StreamPool:
        """Makes a pool of streams that share one run of a graph with ``streaming=True``.

        Args:
            slots: streams that there is room for.
            backlog: chunks that a stream may have waiting.
            per_run: most streams in one run of the graph; a step makes as many runs as it takes,
                and more where the file is proved for fewer at once. More fit a GPU; on a CPU they
                no longer fit its cache.

        Raises:
            AudioError: the file is proved for more streams in one run than there are slots.
            ModelFileError: the graph takes whole signals only, or a fixed batch.
            ValueError: one of the arguments is no whole number of at least 1.
        """
        info, spec = self._streaming("slots", slots)
        _check_count("backlog", backlog)
        _check_count("per_run", per_run)
        runs = -(-slots // min(per_run, self.contract.max_batch or per_run))
        sizes = [slots // runs + (run < slots % runs) for run in range(runs)]
        self.contract.check_batch(min(sizes))
        steppers = [self._engine.stepper(size) for size in sizes]
        stepper = steppers[0] if len(steppers) == 1 else MicrobatchStepper(steppers)
        return StreamPool(spec, info, stepper, self.contract, slots, backlog)

    def stream(self, batch: int = 1) -> Stream:
        """Begins a stream through a graph that was exported with ``streaming=True``.

        Args:
            batch: signals that go through it in step.

        Raises:
            AudioError: the file is proved for fewer or more of them.
            ModelFileError: the graph takes whole signals only, or another batch.
            ValueError: the batch is no whole number of at least 1.
        """
        info, spec = self._streaming("batch", batch)
        self.contract.check_batch(batch)
        engine = self._engine
        return Stream(spec, info, engine.stepper(batch), self.contract, batch, engine.failures)

    def _streaming(self, name: str, batch: int) -> tuple[Metadata, StreamSpec]:
        """What the file says, where it streams so many signals at once."""
        _check_count(name, batch)
        info = self.info
        if info is None or info.streaming is None:
            raise ModelFileError(
                f"{self.path} takes whole signals: export it with streaming=True for a stream"
            )
        if self.contract.axes[0] not in (batch, "batch"):
            raise ModelFileError(
                f"{self.path} takes a batch of {self.contract.axes[0]}, not {batch}: export it "
                "with dynamic=True"
            )
        return info, info.streaming

    @property
    def _streams(self) -> bool:
        return self.info is not None and self.info.streaming is not None

    def _streamed(self, signal: NDArray[Any]) -> list[NDArray[Any]]:
        """A whole signal through a streaming graph."""
        with self.stream(signal.shape[0]) as stream:
            parts = stream.push(signal), stream.flush()
        pushed, flushed = (one if isinstance(one, tuple) else (one,) for one in parts)
        return [
            np.concatenate(both, axis)
            for *both, axis in zip(pushed, flushed, stream.time_axes, strict=True)
        ]

    def frame_times(self, n: int) -> NDArray[np.float64]:
        """Times of the centres of the first ``n`` frames, in seconds.

        Args:
            n: number of frames.

        Returns:
            Shape ``(n,)``; the first may be negative where the graph does not pad.

        Raises:
            ModelFileError: the graph does not say its rate, hop and offset.
        """
        info = self.info
        if (
            info is None
            or info.sample_rate is None
            or info.hop_length is None
            or info.frame_offset is None
        ):
            raise ModelFileError(
                f"{self.path} does not say its sample_rate, hop_length and frame_offset: its "
                "frames have no known times"
            )
        return (info.frame_offset + info.hop_length * np.arange(n)) / np.float64(info.sample_rate)

    def selftest(self) -> float:
        """Compares the graph's output for a generated input with what it was exported with.

        Returns:
            The largest error.

        Raises:
            SelfTestError: it is larger than allowed, or the graph carries no self-test.
        """
        if self.info is None or self.info.selftest is None:
            raise SelfTestError(f"{self.path} carries no self-test: export it with nnaudio-export")
        return self.info.selftest.check(self.run(self.info.selftest.signal()))

    def placement(self) -> Placement:
        """Which node runs on which provider; ``str`` of it is a table."""
        return self._engine.placement()


def _contract(
    path: Path, engine: Engine, info: Metadata | None, check_finite: bool
) -> InputContract:
    """What the graph's own shape and its metadata ask together."""
    if info is None:
        return InputContract(engine.axes, engine.dtype, check_values=check_finite)
    if len(info.input_axes) != len(engine.axes):
        raise ModelFileError(
            f"{path} takes {len(engine.axes)} axes {engine.axes}, its metadata describes "
            f"{len(info.input_axes)} {info.input_axes}"
        )
    if engine.dtype != info.input_dtype:
        raise ModelFileError(
            f"{path} takes {engine.dtype}, its metadata describes {info.input_dtype}"
        )
    axes = [_axis(size, name) for size, name in zip(engine.axes, info.input_axes, strict=True)]
    _check_bounds(path, axes[0], "batch", info.min_batch, info.max_batch)
    if info.length_axis in info.input_axes:
        length = axes[info.input_axes.index(info.length_axis)]
        _check_bounds(path, length, info.length_axis, info.min_length, info.max_length)
    return InputContract(
        axes,
        engine.dtype,
        min_length=info.min_length,
        max_length=info.max_length,
        min_batch=info.min_batch,
        max_batch=info.max_batch,
        length_axis=info.length_axis,
        sample_rate=info.sample_rate,
        domain=info.input_domain,
        check_values=check_finite,
        plans_memory=engine.plans_memory,
    )


def _check_bounds(path: Path, size: str | int, of: str, least: int, most: int | None) -> None:
    """Refuses a graph with a fixed size that its metadata does not allow."""
    if isinstance(size, int) and not least <= size <= (most or size):
        key, bound = ("min", least) if size < least else ("max", most)
        takes = f"a batch of {size}" if of == "batch" else f"{size} {of}"
        raise ModelFileError(f"{path} takes {takes}, its nnaudio.{key}_{of} is {bound}")


def _check_count(name: str, count: int) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ValueError(f"{name} is {count!r}, it must be a whole number of at least 1")


def _axis(size: str | int, name: str) -> str | int:
    if isinstance(size, int):
        return size
    said = fixed_size(name)
    return name if said is None else said
