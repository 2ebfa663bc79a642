"""What docs/own_front_end.md shows runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from nnaudio_export import export_onnx

PAGE = Path(__file__).parents[2] / "docs" / "own_front_end.md"


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    names: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 3
    # A file of its own name: TorchScript and pickles ask where a class is from.
    exec(compile("\n".join(blocks), str(PAGE), "exec"), names)
    return names


def test_one_module(shown: dict[str, Any], tmp_path: Path) -> None:
    result = export_onnx(shown["Loudness"](), tmp_path / "loudness.onnx")
    assert result.metadata.output_names == ("loudness",)
    with pytest.raises(ValueError, match="cannot stream"):
        export_onnx(shown["Loudness"](), tmp_path / "stream.onnx", streaming=True)


@pytest.mark.parametrize("name", ["WeightedMel", "DeltaMel"])
def test_chains(name: str, shown: dict[str, Any], tmp_path: Path) -> None:
    layer = shown[name]()
    result = export_onnx(layer, tmp_path / "own.onnx")
    assert "Fourier" in str(result.plan)
    stream = export_onnx(layer, tmp_path / "stream.onnx", streaming=True, chunk=0.02)
    assert stream.metadata.streaming is not None
