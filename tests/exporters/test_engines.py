"""Portable means more than one engine: OpenVINO and ONNX's own reference run the same files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import openvino
import pytest
import torch
from nnaudio_exporters.prepare.options import Options
from nnaudio_exporters.prepare.steps import prepare
from nnaudio_exporters.proof.difference import difference
from nnaudio_runtime import generated_signal
from onnx.reference import ReferenceEvaluator
from support.modules import small_mel

from nnaudio_export import ISTFT, MFCC, STFT, export_onnx

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import nn

LAYERS: dict[str, Callable[[], nn.Module]] = {
    "stft": lambda: STFT(n_fft=256, hop_length=64, output_format="Magnitude"),
    "cos_sin": lambda: STFT(n_fft=256, hop_length=64, output_format="CosSin"),
    "istft": lambda: ISTFT(n_fft=256, hop_length=64),
    "mel": small_mel,
    "mfcc": lambda: MFCC(sr=16000, n_fft=256, n_mels=20, n_mfcc=10),
}


def openvino_runner(path: Path) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    core = openvino.Core()
    # On some processors OpenVINO computes in bfloat16 unless told otherwise.
    model = core.compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda x: np.asarray(next(iter(model([x]).values())))


def reference_runner(path: Path) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    model = onnx.load(path)
    evaluator, name = ReferenceEvaluator(model), model.graph.input[0].name
    return lambda x: np.asarray(next(iter(evaluator.run(None, {name: x}))))


@pytest.mark.parametrize("engine", [openvino_runner, reference_runner])
@pytest.mark.parametrize("layer", LAYERS)
def test_other_engines_agree(
    layer: str,
    engine: Callable[[Path], Callable[[NDArray[np.float32]], NDArray[np.float32]]],
    tmp_path: Path,
) -> None:
    module = LAYERS[layer]()
    # ONNX's reference reads the weights of a grouped ConvTranspose in the wrong shape.
    readable = engine is not reference_runner or layer != "istft"
    export_onnx(module, tmp_path / "layer.onnx", lower=readable)
    run = engine(tmp_path / "layer.onnx")
    prepared = prepare(module, Options())
    shortest = prepared.input.min_length
    for batch, length in ((1, shortest), (2, 3 * shortest + 1)):
        signal = generated_signal(prepared.input.shape(batch, length), seed=4)
        expected = module(torch.from_numpy(signal)).detach().numpy()
        weight = prepared.weight(signal)
        # 3e-6: both sum up to 256 products in float32, in their own order.
        assert difference(expected, run(signal), "relative", weight) <= 3e-6
