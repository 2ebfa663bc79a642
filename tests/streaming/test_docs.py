"""docs/streaming.md: its code without our runtime, and its latencies."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import signals
from streaming.playing import streamed

from nnaudio_export import CQT1992v2

if TYPE_CHECKING:
    from collections.abc import Callable

    from streaming.conftest import Exported

TEXT = (Path(__file__).parents[2] / "docs" / "streaming.md").read_text()


@pytest.mark.parametrize("name", ["mel", "masked"])
def test_plain_onnx_runtime_streams(exported: Callable[..., Exported], name: str) -> None:
    [code] = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    file = exported(name)
    audio = signals.noise(3000)
    scope: dict[str, Any] = {"path": str(file.frontend.path), "audio": audio}
    exec(code, scope)
    expected = file.offline(audio[None])
    assert scope["features"].shape == expected.shape
    assert np.abs(scope["features"] - expected).max() <= 1e-5 * np.abs(expected).max()


def test_latencies_are_true() -> None:
    layer = CQT1992v2(sr=22050, hop_length=256, fmin=32.7, n_bins=84)
    for lower, latency in ((False, 5844), (True, 6543)):
        stream = streamed(layer, lower=lower).stream
        assert stream is not None
        assert stream.spec.latency == latency
        assert f"{latency} samples, {1e3 * latency / 22050:.0f} ms" in TEXT
