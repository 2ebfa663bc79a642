"""What a contender is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from bench.workloads import Transform, Workload


@dataclass(frozen=True)
class Job:
    """A work, ready to be done.

    Attributes:
        work: what to compute.
        data: on what, see :mod:`bench.inputs`.
        folder: of the exported files.
        threads: how many to use.
    """

    work: Workload
    data: NDArray[Any]
    folder: Path
    threads: int


Run = Callable[[], object]
"""Computes once; what it returns is an array or a tensor."""

Builder = Callable[["Job"], Run]
"""Prepares a run."""


@dataclass(frozen=True)
class Contender:
    """One way to compute.

    Attributes:
        name: for the report.
        libraries: imports all it needs, so that memory can be counted from there.
        builders: transform -> prepares the run, which is not timed; one for all where it asks
            the work's layer and arguments alone.
        suffix: of its file, where it has one.
    """

    name: str
    libraries: Callable[[], object]
    builders: Mapping[Transform, Builder] | Builder
    suffix: str = ""

    def takes_part(self, work: Workload) -> bool:
        known = callable(self.builders) or work.transform in self.builders
        return known and self.name not in work.without

    def build(self, job: Job) -> Run:
        if callable(self.builders):
            return self.builders(job)
        return self.builders[job.work.transform](job)

    def file(self, work: Workload, folder: Path) -> Path:
        """Where its file lies, for a contender that has one."""
        return folder / f"{work.key}{self.suffix}"


def real_pair(data: NDArray[Any]) -> NDArray[np.float32]:
    """A complex spectrogram with a last axis of 2, as our graphs take it; audio as it is."""
    if not np.iscomplexobj(data):
        return data
    return data.view(np.float32).reshape(*data.shape, 2)


def to_numpy(result: Any) -> NDArray[Any]:
    """An array or a tensor as an array."""
    return np.asarray(result.detach() if hasattr(result, "detach") else result)
