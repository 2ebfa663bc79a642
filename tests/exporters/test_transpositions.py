"""What ONNX Runtime makes of a graph whose length it knows."""

from __future__ import annotations

from pathlib import Path

import onnx
import onnxruntime
import pytest
from torch import nn

from nnaudio_export import ISTFT, STFT, export_onnx


@pytest.mark.parametrize(
    ("layer", "length"),
    [(STFT(n_fft=2048, hop_length=512), 22050), (ISTFT(n_fft=2048, hop_length=512), 40)],
    ids=["STFT", "ISTFT"],
)
def test_no_transposition_moves_number_by_number(
    tmp_path: Path, layer: nn.Module, length: int
) -> None:
    path, optimised = tmp_path / "fixed.onnx", tmp_path / "optimised.onnx"
    export_onnx(layer.eval(), path, dynamic=False, num_samples=length)
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(optimised)
    onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    moves = [
        list(node.attribute[0].ints)
        for node in onnx.load(optimised).graph.node
        if node.op_type == "Transpose"
    ]
    # Two axes change places; a complex spectrum's parts go to its front, or come from there.
    assert moves
    assert all(move in ([0, 2, 1], [0, 3, 1, 2], [0, 2, 3, 1]) for move in moves), moves
