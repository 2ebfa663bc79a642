"""``python -m proof.run --models 2000``: writes models, exports them, and looks for wrong files."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from proof.judge import Verdict, judge
from proof.models import model
from proof.program import write
from proof.summary import summary

# Of the processor: a model that takes longer hangs.
_SECONDS = 120


class OutOfTimeError(BaseException):
    """No ``except Exception`` on the way may take it for its own."""


def _stop(number: int, frame: object) -> None:
    raise OutOfTimeError


def _alone(seed: int, effort: float | None) -> Verdict:
    """One model, with an end to its time."""
    made = model(seed)
    signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, _SECONDS)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return judge(made, Path(folder), seconds=effort)
    except OutOfTimeError:
        return Verdict(made, "wrong", f"takes more than {_SECONDS} s")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def verdicts(
    seeds: range, *, seconds: float = float("inf"), jobs: int = 1, effort: float | None = 10.0
) -> Iterator[Verdict]:
    """The verdicts on the models of some seeds, as they come; no new ones after so many seconds."""
    end = time.monotonic() + seconds
    left = iter(seeds)
    waiting: dict[Future[Verdict], tuple[int, ProcessPoolExecutor]] = {}
    # A pool each: an engine that ends its process takes no other model along.
    idle = [_pool() for _ in range(jobs)]
    try:
        while True:
            while idle and time.monotonic() < end:
                seed = next(left, None)
                if seed is None:
                    break
                pool = idle.pop()
                waiting[pool.submit(_alone, seed, effort)] = seed, pool
            if not waiting:
                return
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                seed, pool = waiting.pop(future)
                try:
                    yield future.result()
                except BrokenProcessPool:
                    yield Verdict(model(seed), "wrong", "ends the process")
                    pool = _pool()
                except Exception as error:
                    yield Verdict(model(seed), "wrong", f"judge: {type(error).__name__}: {error}")
                idle.append(pool)
    finally:
        for child in multiprocessing.active_children():
            child.terminate()


def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


def main(arguments: list[str] | None = None) -> int:
    """Prints a table, writes a program for every failure; 1 where a wrong file left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="the first")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--effort", type=float, default=10.0, help="seconds of trying a file")
    parser.add_argument("--quick", action="store_true", help="no minutes of audio")
    parser.add_argument("--out", type=Path, default=Path("out/prove"))
    given = parser.parse_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))  # and the pool with it
    found = []
    seeds = range(given.seed, given.seed + given.models)
    for verdict in verdicts(
        seeds, seconds=given.seconds, jobs=given.jobs, effort=None if given.quick else given.effort
    ):
        found.append(verdict)
        if verdict.kind != "right":
            write(verdict, given.out)
            print("\n".join(str(verdict).splitlines()[:2])[:400], flush=True)
    print(summary(found))
    return int(any(verdict.kind in ("wrong", "wrong reason", "broken") for verdict in found))


if __name__ == "__main__":
    sys.exit(main())
