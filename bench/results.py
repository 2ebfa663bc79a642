"""All that a run has measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.timing import Rounds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.workloads import Workload


@dataclass(frozen=True)
class Results:
    """What the tasks returned.

    Attributes:
        machine: where and with what.
        workloads: what was timed.
        threads: the settings, e.g. ``(1, 2)``.
        speed: threads -> key of the work -> ``differences`` and ``seconds`` by contender.
        memory: key -> contender -> bytes.
        sizes: key -> contender -> bytes of its file.
        plans: key -> parts of the plan of lowering.
        nodes: key -> ``seconds`` by operator, ``flops`` and ``bytes`` of a call.
        rates: threads -> ``flops`` and ``bytes`` a second of the machine.
        accuracy: rows of :mod:`bench.accuracy`.
        export: seconds of the first and the second export.
        overhead: seconds of audio and microseconds.
        streaming: of :mod:`bench.streaming`.
        startup: of :mod:`bench.startup`.
        lengths: key -> rows of :mod:`bench.lengths`.
    """

    machine: Mapping[str, str]
    workloads: Sequence[Workload]
    threads: Sequence[int]
    speed: Mapping[int, Mapping[str, Any]]
    memory: Mapping[str, Mapping[str, Mapping[str, float]]]
    sizes: Mapping[str, Mapping[str, int]]
    plans: Mapping[str, Sequence[Mapping[str, Any]]]
    nodes: Mapping[str, Mapping[str, Any]]
    rates: Mapping[int, Mapping[str, float]]
    accuracy: Sequence[Mapping[str, Any]]
    export: Mapping[str, float]
    overhead: Sequence[Mapping[str, float]]
    streaming: Mapping[str, Any]
    startup: Mapping[str, float]
    lengths: Mapping[str, Sequence[Mapping[str, float]]]

    def rounds(self, work: Workload, threads: int) -> Rounds:
        return Rounds(self.speed[threads][work.key]["seconds"])

    def difference(self, work: Workload, contender: str) -> float:
        """Of its result from the reference's, the largest over the thread settings."""
        return max(float(s[work.key]["differences"][contender]) for s in self.speed.values())
