"""The bench's helpers; the bench itself is run by hand."""

import doctest
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from bench import comparing, nodes, prepare, report, speed, timing
from bench.comparing import WrongResultError, error_on_circle, relative_error
from bench.consistency import inconsistency
from bench.contenders import CONTENDERS, OURS, contenders_of
from bench.figures import RATIOS, SIZES
from bench.inputs import read_input
from bench.timing import Rounds, interleave
from bench.workloads import TIMED, Workload


@pytest.mark.parametrize("module", [comparing, report, timing], ids=lambda m: m.__name__)
def test_examples(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


def test_every_contender_has_every_round() -> None:
    calls: list[str] = []
    rounds = interleave(
        {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")},
        rounds=5,
        budget=60.0,
        turn=0.0,
    )
    assert rounds.count == 5
    assert {name: len(seconds) for name, seconds in rounds.seconds.items()} == {"a": 5, "b": 5}
    assert set(calls) == {"a", "b"}


def test_a_slow_round_does_not_move_the_ratio() -> None:
    rounds = Rounds({"ours": [1.0, 1.0, 50.0], "theirs": [2.0, 2.0, 100.0]})
    assert rounds.ratio("ours", "theirs") == 0.5


@pytest.mark.parametrize("result", [np.zeros(3), np.array([1.0, np.nan])])
def test_another_shape_or_no_number_is_an_error(result: NDArray[np.float64]) -> None:
    with pytest.raises(WrongResultError):
        relative_error(result, np.ones(2))


def test_phases_on_both_sides_of_pi_are_close() -> None:
    error = error_on_circle(
        np.array([np.pi - 1e-3, 0.0]), np.array([1e-3 - np.pi, 1.0]), np.array([1.0, 1e-9]), 1e-4
    )
    assert error == pytest.approx(2e-3)


def test_works_and_figures_name_who_takes_part() -> None:
    works = {work.key: work for work in TIMED}
    assert len(works) == len(TIMED)
    for work in TIMED:
        names = contenders_of(work)
        assert {OURS, work.reference, *work.similar} <= set(names), work.key
        assert set(work.without) <= set(CONTENDERS), work.key
    for ratio in RATIOS:
        assert ratio.against in contenders_of(works[ratio.work]), ratio
    assert set(SIZES) <= set(works)


def test_the_graph_of_a_work_takes_its_input(tmp_path: Path) -> None:
    work = Workload(
        "small",
        "Small inverse",
        "istft",
        "ISTFT",
        {"sr": 8000, "n_fft": 64, "hop_length": 16},
        given="complex",
        seconds=0.1,
    )
    files = prepare.write_files([work], tmp_path)[work.key]
    assert files["sizes"][OURS] > 0
    measured = speed.measure(work, tmp_path, 1, speed.Pace(rounds=1, budget=0.1, turn=0.0))
    assert max(measured["differences"].values()) < speed.SAME
    counted = nodes.measure(work, tmp_path)
    # Each of the frames through a bank of 2 * 33 rows, or through fewer multiplications.
    frames = read_input(work, tmp_path).shape[2]
    assert 0 < counted["flops"] <= 1.1 * 2 * 66 * 64 * frames


def test_a_wrong_result_is_an_error(tmp_path: Path) -> None:
    work = next(work for work in TIMED if work.key == "griffin-lim")
    data = np.ones((1, 1025, 20), np.float32)
    with pytest.raises(WrongResultError):
        inconsistency(work, np.full((1, 9728), np.nan), data, tmp_path)
    silence = np.zeros((1, 9728), np.float32)
    assert inconsistency(work, silence, data, tmp_path) == pytest.approx(1.0)
