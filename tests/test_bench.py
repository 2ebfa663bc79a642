"""The bench's helpers; the bench itself is run by hand."""

import doctest
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from bench import comparing, report, timing
from bench.comparing import WrongResultError, error_on_circle, relative_error
from bench.timing import Rounds, interleave


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
