"""The judge of ``make keyword-spotter``, which says whether the C++ program hears rightly."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "keyword_spotter"
TRUTH = "1.34 fall\n3.01 trill\n"


@pytest.mark.parametrize(
    ("printed", "right"),
    [
        ("1.40 fall 1.00\n3.00 trill 0.98\n", True),
        ("1.80 fall 1.00\n3.00 trill 0.98\n", False),  # too late
        ("1.40 rise 1.00\n3.00 trill 0.98\n", False),
        ("1.40 fall 1.00\n", False),
        ("1.40 fall 1.00\n3.00 trill 0.98\n5.00 rise 0.60\n", False),
        ("", False),
    ],
)
def test_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str, right: bool) -> None:
    (tmp_path / "heard.txt").write_text(TRUTH)
    (tmp_path / "printed.txt").write_text(printed)
    arguments = [str(tmp_path / "heard.txt"), str(tmp_path / "printed.txt")]
    monkeypatch.setattr(sys, "argv", ["compare.py", *arguments])
    if right:
        runpy.run_path(str(FOLDER / "compare.py"), run_name="__main__")
        return
    with pytest.raises(SystemExit, match=r"printed\.txt: heard .*there are"):
        runpy.run_path(str(FOLDER / "compare.py"), run_name="__main__")


def test_the_recording_has_the_keywords_where_it_says() -> None:
    sounds = runpy.run_path(str(FOLDER / "sounds.py"))
    audio, truth = sounds["recording"]()
    rate = sounds["SR"]
    assert {name for _, name in truth} == set(sounds["KEYWORDS"])
    quiet = np.median(np.abs(audio))
    for time, _ in truth:
        middle = audio[int((time - 0.1) * rate) : int((time + 0.1) * rate)]
        assert np.median(np.abs(middle)) > 2 * quiet
