"""A hundred models as people write them: their files are right, or refused with the cause.

``python -m proof.run`` does the same for thousands, on more inputs.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from proof.judge import judge
from proof.models import model
from proof.program import program

SEEDS = range(100)
# What no file can be right about, what a format cannot do, and what is still to do, by its cause.
REFUSED: dict[int, str] = {}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_file_is_right_or_refused_with_its_cause(seed: int, tmp_path: Path) -> None:
    verdict = judge(model(seed).hurried(), tmp_path)
    said = f"{verdict}\n\n{program(verdict)}"
    if verdict.kind == "refused":
        assert verdict.cause == REFUSED.get(seed), said
    else:
        assert verdict.kind == "right", said


def test_few_are_refused() -> None:
    assert len(REFUSED) <= 0.2 * len(SEEDS)
