"""The processes that measure: ``python -m bench.worker task arguments.json result.json``.

The number of threads of NumPy, PyTorch and others is set when a process begins, so each setting
has its own; so has each contender whose memory is measured.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.workloads import COMPARED_ONLY, TIMED, Workload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_WORKS = {work.key: work for work in (*TIMED, *COMPARED_ONLY)}


def _prepare(workloads: list[str], folder: str) -> object:
    from bench.prepare import write_files

    return write_files(_find(workloads), Path(folder))


def _export_time(work: str, folder: str) -> object:
    from bench.prepare import time_of_export

    return time_of_export(_WORKS[work], Path(folder))


def _speed(workloads: list[str], folder: str, width: int, pace: dict[str, Any]) -> object:
    from bench.speed import Pace, measure

    results = {}
    for work in _find(workloads):
        print(f"    {work.title}", file=sys.stderr, flush=True)
        results[work.key] = measure(work, Path(folder), width, Pace(**pace))
    return results


def _nodes(workloads: list[str], folder: str) -> object:
    from bench.nodes import measure

    return {work.key: measure(work, Path(folder)) for work in _find(workloads)}


def _floor(width: int) -> object:
    from bench.floor import measure

    return measure(width)


def _memory(work: str, contender: str, folder: str) -> object:
    from bench.memory import measure

    return measure(_WORKS[work], contender, Path(folder))


def _lengths(work: str, folder: str, seconds: float) -> object:
    from bench.lengths import measure

    return measure(_WORKS[work], Path(folder), seconds)


def _overhead(work: str, folder: str, seconds: float, rounds: int) -> object:
    from bench.overhead import measure

    return measure(_WORKS[work], Path(folder), seconds, rounds)


def _streaming() -> object:
    import tempfile

    from bench.streaming import measure

    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        return measure(Path(folder))


def _startup() -> object:
    from bench.startup import measure

    return measure()


def _accuracy(workloads: list[str], folder: str) -> object:
    from bench.accuracy import measure

    return measure(_find(workloads), Path(folder))


def _find(keys: list[str]) -> list[Workload]:
    return [_WORKS[key] for key in keys]


TASKS: Mapping[str, Callable[..., object]] = {
    "prepare": _prepare,
    "export time": _export_time,
    "speed": _speed,
    "nodes": _nodes,
    "floor": _floor,
    "memory": _memory,
    "lengths": _lengths,
    "overhead": _overhead,
    "accuracy": _accuracy,
    "streaming": _streaming,
    "startup": _startup,
}

if __name__ == "__main__":
    # Other people's deprecations, and nnAudio2's greetings, are no part of the report.
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    task, arguments, result = sys.argv[1:]
    Path(result).write_text(json.dumps(TASKS[task](**json.loads(arguments))))
