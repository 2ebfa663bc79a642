"""Times all contenders of a work against each other, once they agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.comparing import WrongResultError, relative_error
from bench.consistency import inconsistency
from bench.contenders import contenders_of
from bench.contenders.contender import Job, Run, to_numpy
from bench.inputs import read_input
from bench.timing import interleave

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench.workloads import Workload

# Of the largest value. Wide for the sake of ONNX Runtime's own STFT, which loses 3e-5 where n_fft
# is no power of two; the report prints every difference.
SAME = 1e-4


_REST = 0.2  # seconds


@dataclass(frozen=True)
class Pace:
    """How long to measure: see :func:`bench.timing.interleave`."""

    rounds: int
    budget: float
    turn: float


def measure(work: Workload, folder: Path, threads: int, pace: Pace) -> dict[str, Any]:
    """Seconds of every contender in every round, and how far its result is from the right one.

    Raises:
        WrongResultError: a contender computes something else.
    """
    import torch

    torch.set_num_threads(threads)
    job = Job(work, read_input(work, folder), folder, threads)
    runs = {name: contender.build(job) for name, contender in contenders_of(work).items()}
    differences = _differences(job, runs)
    rest = _REST if threads > 1 else 0.0
    rounds = interleave(runs, rounds=pace.rounds, budget=pace.budget, turn=pace.turn, rest=rest)
    return {"differences": differences, "seconds": rounds.seconds}


def limit_of(work: Workload, contender: str) -> float:
    """Largest difference with which a contender still does the work."""
    if work.consistent is not None:
        return work.consistent
    similar = work.similar.get(contender)
    return similar.limit if similar else SAME


def _differences(job: Job, runs: Mapping[str, Run]) -> dict[str, float]:
    work = job.work
    exact = to_numpy(runs[work.reference]()) if work.consistent is None else None
    differences = {}
    for name, run in runs.items():
        try:
            result = to_numpy(run())
            if exact is None:
                differences[name] = inconsistency(work, result, job.data, job.folder)
            else:
                differences[name] = relative_error(result, exact)
        except WrongResultError as error:
            raise WrongResultError(f"{work.title}: {name} has {error}") from None
        if differences[name] > limit_of(work, name):
            raise WrongResultError(
                f"{work.title}: {name} is {differences[name]:.1e} away, more than "
                f"{limit_of(work, name):.0e}"
            )
    return differences
