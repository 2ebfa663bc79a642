"""The run: which tasks, in which order."""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bench.contenders import contenders_of
from bench.machine import cores, describe
from bench.neighbours import Neighbours
from bench.processes import KEEP_MEMORY, run_task
from bench.results import Results
from bench.workloads import COMPARED_ONLY, TIMED, Workload

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FULL = {"rounds": 40, "budget": 3.0, "turn": 0.02}
_QUICK = {"rounds": 8, "budget": 1.5, "turn": 0.01}
_OVERHEAD_AT = (1.0, 10.0, 30.0)
_OVERHEAD_ROUNDS = 100
_LENGTHS = (1.0, 10.0, 60.0, 600.0)
_LONG_WORKS = ("stft-2048", "mel-400", "cqt")
# Small enough that an export is quick, and its metadata serves for the overhead.
_EXAMPLE = next(work for work in TIMED if work.key == "mel-400")


def run(workloads: Sequence[Workload], threads: Sequence[int], *, quick: bool) -> Results:
    """Measures everything; says on stderr what it is doing."""
    machine = describe()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        # The round trip of an inverse needs the complex transform.
        more = not quick or any(work.transform == "istft" for work in workloads)
        compared = [*workloads, *(COMPARED_ONLY if more else ())]
        exported = list(dict.fromkeys([*compared, _EXAMPLE]))
        with _step(f"exporting {len(exported)} layers"):
            shares = [_keys(exported[core :: cores()]) for core in range(cores())]
            written = _merged(
                _at_once([("prepare", {"workloads": s, "folder": folder}) for s in shares if s])
            )
        with _step("accuracy on the recordings, and memory"):
            pairs = [(work.key, name) for work in workloads for name in contenders_of(work)]
            arguments: list[dict[str, Any]] = [
                {"work": key, "contender": name, "folder": folder} for key, name in pairs
            ]
            accuracy, *peaks = _at_once(
                [
                    ("accuracy", {"workloads": _keys(compared), "folder": folder}),
                    *(("memory", one) for one in arguments),
                ]
            )
        # From here on, one thing at a time.
        with _step("time of an export, of a call of the runtime, and of long audio"):
            export = run_task("export time", work=_EXAMPLE.key, folder=folder)
            overhead = [
                run_task(
                    "overhead",
                    work=_EXAMPLE.key,
                    folder=folder,
                    seconds=seconds,
                    rounds=_OVERHEAD_ROUNDS,
                )
                for seconds in _OVERHEAD_AT
            ]
            lengths = {
                work.key: [
                    run_task("lengths", work=work.key, folder=folder, seconds=seconds)
                    for seconds in _LENGTHS
                ]
                for work in workloads
                if work.key in _LONG_WORKS
            }
        with _step("streams"):
            streaming = measure_streams()
        with _step("help screens and imports"):
            startup = measure_startup()
        with _step("time of each operator"):
            nodes = run_task("nodes", workloads=_keys(workloads), folder=folder)
        speed, rates = {}, {}
        neighbours = Neighbours()
        for count in threads:
            with _step(f"speed, threads: {count}"):
                rates[count] = run_task(
                    "floor", threads=count, environment=KEEP_MEMORY, width=count
                )
                speed[count] = run_task(
                    "speed",
                    threads=count,
                    environment=KEEP_MEMORY,
                    workloads=_keys(workloads),
                    folder=folder,
                    width=count,
                    pace=_QUICK if quick else _FULL,
                )
        machine["Other processes"] = str(neighbours)
    memory: dict[str, dict[str, Any]] = {work.key: {} for work in workloads}
    for (key, name), peak in zip(pairs, peaks, strict=True):
        memory[key][name] = peak
    return Results(
        machine=machine,
        workloads=workloads,
        threads=threads,
        speed=speed,
        memory=memory,
        sizes={key: entry["sizes"] for key, entry in written.items()},
        plans={key: entry["plan"] for key, entry in written.items()},
        nodes=nodes,
        rates=rates,
        accuracy=accuracy,
        export=export,
        overhead=overhead,
        streaming=streaming,
        startup=startup,
        lengths=lengths,
    )


def measure_streams() -> dict[str, Any]:
    """What :mod:`bench.streaming` measures, in a process of its own."""
    streaming: dict[str, Any] = run_task("streaming", environment=KEEP_MEMORY)
    return streaming


def measure_startup() -> dict[str, float]:
    """What :mod:`bench.startup` measures, on one thread."""
    startup: dict[str, float] = run_task("startup")
    return startup


def _keys(workloads: Sequence[Workload]) -> list[str]:
    return [work.key for work in workloads]


def _at_once(tasks: Sequence[tuple[str, dict[str, Any]]]) -> list[Any]:
    """Runs tasks in which nothing is timed, as many at once as there are cores."""
    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(lambda task: run_task(task[0], **task[1]), tasks))


def _merged(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {key: value for part in parts for key, value in part.items()}


@contextmanager
def _step(what: str) -> Iterator[None]:
    print(f"{what} …", file=sys.stderr, flush=True)
    start = time.perf_counter()
    yield
    print(f"    {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
