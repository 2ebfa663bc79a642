"""The judge itself: a wrong file is found, a right one is not, and a refusal is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from nnaudio_runtime import load
from numpy.typing import NDArray
from proof.audio import SIGNALS, waves
from proof.cases import Case
from proof.causes import true_cause
from proof.judge import faults, judge, shrunk
from proof.model import Model
from proof.models import model
from proof.truth import Truth

from nnaudio_export import export_onnx

_SOURCE = """
torch.manual_seed(0)
mel = MelSpectrogram(sr=16000, n_fft=256, hop_length=128, n_mels=12, verbose=False)
model = settled(nn.Sequential(mel, nn.Conv1d(12, 4, 3)))
"""


@pytest.fixture(scope="module")
def plain() -> Model:
    return Model("plain", _SOURCE)


def test_a_seed_makes_the_same_model_every_time() -> None:
    assert model(7) == model(7)
    assert model(7) != model(8)


def test_two_runs_of_the_program_make_the_same_weights(plain: Model) -> None:
    audio = waves(["noise"], 4000)
    first, second = (Truth(plain).single(audio)[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_signals_are_repeatable_and_finite() -> None:
    for name in SIGNALS:
        audio = waves([name], 999)
        assert audio.dtype == np.float32
        assert np.isfinite(audio).all()
        np.testing.assert_array_equal(audio, waves([name], 999))


def test_a_right_file_is_right(plain: Model, tmp_path: Path) -> None:
    verdict = judge(plain, tmp_path)
    assert verdict.kind == "right", str(verdict)


def test_a_wrong_weight_is_found_and_shown_on_a_short_input(plain: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    export_onnx(plain.module(), path)
    graph = onnx.load(path)
    for tensor in graph.graph.initializer:
        values: NDArray[np.float32] = onnx.numpy_helper.to_array(tensor)
        if tensor.name == "1.weight":
            tensor.CopyFrom(onnx.numpy_helper.from_array(values * np.float32(1.0003), tensor.name))
    onnx.save(graph, path)
    file, truth = load(path, providers="cpu"), Truth(plain)
    fault = next(faults(plain, truth, file, Case(("noise", "DC"), 16000)))
    assert 1e-5 < fault.error < 2e-4
    assert fault.allowed == pytest.approx(1e-5)
    assert len(shrunk(plain, truth, file, fault).case.signals) == 1


def test_a_refusal_must_name_its_cause() -> None:
    made = Model("refused", _SOURCE, tags=("mel", "branch on batch"))
    assert true_cause(made, ValueError("the graph holds for batch 1 to 7 only"))
    assert true_cause(made, ValueError("runs at no length from 201 to 823296")) is None
