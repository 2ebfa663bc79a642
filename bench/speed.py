"""Times all contenders of a work against each other, once they agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.comparing import WrongResultError, relative_error
from bench.contenders import CONTENDERS, REFERENCE
from bench.contenders.contender import Job, to_numpy
from bench.timing import interleave
from bench.works import Work, signal

if TYPE_CHECKING:
    from pathlib import Path

# Of the largest value. Wide for the sake of ONNX Runtime's own STFT, which loses 3e-5 where n_fft
# is no power of two; the report prints every difference.
_SAME = 1e-4


@dataclass(frozen=True)
class Pace:
    """How long to measure: see :func:`bench.timing.interleave`."""

    rounds: int
    budget: float
    turn: float


def measure(work: Work, folder: Path, threads: int, pace: Pace) -> dict[str, Any]:
    """Seconds of every contender in every round, and how far its result is from the reference.

    Raises:
        WrongResultError: a contender computes something else.
    """
    import torch

    torch.set_num_threads(threads)
    job = Job(work, signal(work), folder, threads)
    runs = {
        name: contender.build(job)
        for name, contender in CONTENDERS.items()
        if work.transform in contender.builders
    }
    reference = to_numpy(runs[REFERENCE]())
    differences = {}
    for name, run in runs.items():
        try:
            differences[name] = relative_error(to_numpy(run()), reference)
        except WrongResultError as error:
            raise WrongResultError(f"{work.title}: {name} has {error}") from None
        if differences[name] > _SAME:
            raise WrongResultError(
                f"{work.title}: {name} is {differences[name]:.1e} of the maximum away from "
                f"{REFERENCE}, more than {_SAME:.0e}"
            )
    rounds = interleave(runs, rounds=pace.rounds, budget=pace.budget, turn=pace.turn)
    return {"differences": differences, "seconds": rounds.seconds}
