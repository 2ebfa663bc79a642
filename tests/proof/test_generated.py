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
REFUSED = {
    0: "even samples",
    2: "streaming",
    16: "branch on values",
    23: "streaming",
    31: "rate unsaid",
    38: "branch on parity",
    74: "fp16",
    82: "branch on parity",
    94: "padding when short",
    96: "rate unsaid",
    98: "random noise",
}
# What people write and no export takes yet.
OPEN = {42: "unexpected keyword argument 'inputs'"}


@pytest.mark.parametrize("seed", [seed for seed in SEEDS if seed not in OPEN])
def test_a_file_is_right_or_refused_with_its_cause(seed: int, tmp_path: Path) -> None:
    verdict = judge(model(seed).hurried(), tmp_path)
    said = f"{verdict}\n\n{program(verdict)}"
    if verdict.kind == "refused":
        assert verdict.cause == REFUSED.get(seed), said
    else:
        assert verdict.kind == "right", said


@pytest.mark.parametrize("seed", OPEN)
def test_what_no_export_takes_yet(seed: int, tmp_path: Path) -> None:
    """Who builds it moves the seed."""
    verdict = judge(model(seed).hurried(), tmp_path)
    assert OPEN[seed] in verdict.message


def test_few_are_refused() -> None:
    assert len(REFUSED) + len(OPEN) <= 0.2 * len(SEEDS)
