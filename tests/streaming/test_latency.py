"""docs/streaming.md: its latencies are those of the layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streaming.playing import streamed

from nnaudio_export import CQT1992v2

TEXT = (Path(__file__).parents[2] / "docs" / "streaming.md").read_text()


@pytest.mark.parametrize(
    ("changes", "textbook", "lowered"),
    [
        ({}, 5844, 6543),
        ({"fmin": 65.4, "n_bins": 72}, 2922, 3273),
        ({"filter_scale": 0.5}, 2922, 3273),
    ],
)
def test_latencies_are_true(changes: dict[str, Any], textbook: int, lowered: int) -> None:
    arguments = {"sr": 22050, "hop_length": 256, "fmin": 32.7, "n_bins": 84} | changes
    layer = CQT1992v2(**arguments)
    for lower, latency in ((False, textbook), (True, lowered)):
        stream = streamed(layer, lower=lower).stream
        assert stream is not None
        assert stream.spec.latency == latency
        assert f"| {latency} " in TEXT
