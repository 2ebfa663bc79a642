"""The figures that have a limit. A new one is a new entry of a table, or of :func:`figures`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.contenders import OURS
from bench.machine import cores

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from bench.results import Results
    from bench.workloads import Workload

_EXPORT_SECONDS = 10.0
_OVERHEAD_MICROSECONDS = 30.0
_OVERHEAD_AT = 1.0  # second of audio
_PUSH_MICROSECONDS, _PUSH_PYTHON = 60.0, 20.0
_HOUR_MEGABYTES = 1.0
_POOL_FACTOR = 1.0
_RUN_HELP_SECONDS, _EXPORT_HELP_SECONDS, _IMPORT_SECONDS = 0.2, 1.0, 0.06


@dataclass(frozen=True)
class Ratio:
    """The time of our ONNX graph over another's.

    Attributes:
        work: key.
        against: name of the contender.
        one: limit on one thread.
        every: limit on all threads.
    """

    work: str
    against: str
    one: float
    every: float | None = None


RATIOS = (
    Ratio("stft-2048", "PyTorch", 0.9, 1.2),
    Ratio("stft-1024", "PyTorch", 0.85, 1.1),
    Ratio("stft-512", "PyTorch", 0.65, 1.1),
    Ratio("stft-400", "PyTorch", 0.6, 1.1),
    Ratio("mel-400", "PyTorch", 0.5, 0.8),
    Ratio("mel-400", "librosa", 0.6, 0.8),
    Ratio("mel-400", "ours, textbook ONNX", 0.4),
    Ratio("mel-400", "ONNX STFT op", 0.03),
    Ratio("cqt", "librosa", 0.1),
    Ratio("cqt", "nnAudio2, eager", 0.04),
    Ratio("cqt", "ours, textbook ONNX", 0.06),
    Ratio("vqt", "librosa", 0.15),
    Ratio("istft-2048", "PyTorch", 0.6),
    Ratio("griffin-lim", "librosa", 0.5),
)
# Key of the work -> kB of our ONNX file.
SIZES = {"mel-400": 200.0, "cqt": 600.0}


@dataclass(frozen=True)
class Figure:
    """A number and what it must not exceed; None where it is for information."""

    what: str
    value: float
    unit: str
    limit: float | None
    digits: int = 1

    @property
    def met(self) -> bool:
        return self.limit is None or self.value <= self.limit


def figures(results: Results) -> Iterator[Figure]:
    """All figures of a run but the accuracy, which has a table of its own."""
    workloads = {work.key: work for work in results.workloads}
    for ratio in RATIOS:
        if ratio.work in workloads:
            yield from _ratios(results, workloads[ratio.work], ratio)
    for key, limit in SIZES.items():
        if key in workloads:
            size = results.sizes[key][OURS] / 1e3
            yield Figure(f"{workloads[key].title}: file", size, "kB", limit, digits=0)
    first, second = results.export["first"], results.export["second"]
    yield Figure("export of MelSpectrogram, first of a process", first, "s", _EXPORT_SECONDS)
    yield Figure("export of MelSpectrogram, second", second, "s", None)
    for row in results.overhead:
        yield Figure(
            f"runtime over a bare session, {row['seconds']:g} s of 16 kHz audio",
            row["microseconds"],
            "µs",
            _OVERHEAD_MICROSECONDS if row["seconds"] == _OVERHEAD_AT else None,
        )
    yield from streaming_figures(results.streaming)
    yield from startup_figures(results.startup)


def streaming_figures(streaming: Mapping[str, Any]) -> Iterator[Figure]:
    """Those of :mod:`bench.streaming`."""
    limits = {"push": (_PUSH_MICROSECONDS, _PUSH_PYTHON)}
    for key, what in (
        ("push", "80 mels, push of 20 ms"),
        ("cqt push", "CQT of 84 bins, push of 32 ms"),
        ("denoiser push", "STFT and ISTFT, push of 16 ms"),
    ):
        whole, python = limits.get(key, (None, None))
        push, bare = streaming[key]["push"], streaming[key]["run"]
        yield Figure(what, push, "µs", whole)
        yield Figure(f"{what}, beyond the bare run", push - bare, "µs", python)
    yield Figure(
        "memory that an hour of 80 mels adds", streaming["growth"] / 1e6, "MB", _HOUR_MEGABYTES
    )
    for chunk, factor in streaming["pool"].items():
        what = f"5,000 streams of 80 mels, chunks of {int(chunk) // 16} ms: time ÷ audio"
        yield Figure(what, factor, "", _POOL_FACTOR, digits=2)
    yield Figure("latency of a CQT of 84 bins at 16 kHz", streaming["cqt latency"], "ms", None)


def startup_figures(startup: Mapping[str, float]) -> Iterator[Figure]:
    """Those of :mod:`bench.startup`."""
    for key, what, limit in (
        ("nnaudio-run", "nnaudio-run --help, the whole process", _RUN_HELP_SECONDS),
        ("nnaudio-export", "nnaudio-export --help, the whole process", _EXPORT_HELP_SECONDS),
        (
            "import",
            "from nnaudio_export import MelSpectrogram, beyond import torch",
            _IMPORT_SECONDS,
        ),
    ):
        yield Figure(what, startup[key], "s", limit, digits=3)


def _ratios(results: Results, work: Workload, ratio: Ratio) -> Iterator[Figure]:
    limits = {1: ratio.one}
    if ratio.every is not None:
        limits.setdefault(cores(), ratio.every)
    for threads, limit in limits.items():
        if threads in results.threads:
            yield Figure(
                f"{work.title}: {OURS} ÷ {ratio.against}, threads: {threads}",
                results.rounds(work, threads).ratio(OURS, ratio.against),
                "",
                limit,
                digits=3,
            )
