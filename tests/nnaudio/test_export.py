"""Converted layers leave Python like any other."""

from __future__ import annotations

import warnings
from pathlib import Path

import nnaudio_runtime
import pytest
import torch
from nnaudio.anchors import Case, build
from nnaudio.cases import CASES, QUIET
from nnaudio.test_numbers import phase_weight

from nnaudio_export import export_onnx, export_torchscript, from_nnaudio, lower
from nnaudio_export.layers.layer import Layer

# One case of each structure that is not a layer of ours, which the table tests: spectral kernels,
# octaves of them, octaves with early downsampling, octaves that are stretched.
STRUCTURES = [
    next(case for case in CASES if case.layer == "CQT1992"),
    next(case for case in CASES if case.layer == "CQT2010"),
    next(case for case in CASES if case.layer == "CQT2010v2" and case.arguments["fmin"] == 110),
    next(case for case in CASES if case.layer == "VQT" and case.arguments["hop_length"] == 150),
]


def _converted(case: Case) -> Layer:
    theirs = case.build("nnAudio2", trained=bool(case.trainable))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return from_nnaudio(theirs, sr=case.arguments["sr"], **case.call).eval()


@pytest.mark.filterwarnings("ignore:`torch.jit.*` is deprecated:DeprecationWarning")
@pytest.mark.parametrize("case", STRUCTURES, ids=str)
def test_files(case: Case, tmp_path: Path) -> None:
    layer = _converted(case)
    result = export_onnx(layer, tmp_path / "layer.onnx")
    assert not result.cuda_fallbacks
    assert result.metadata.layer == f"nnAudio.{case.layer}"
    export_torchscript(layer, tmp_path / "layer.pt")
    for suffix in ("onnx", "pt"):
        frontend = nnaudio_runtime.load(tmp_path / f"layer.{suffix}", providers="cpu")
        frontend.selftest()
        for samples in (layer.describe().min_length, 9001):
            x = case.input(samples)
            with torch.no_grad():
                expected = layer(x)
            difference = (torch.from_numpy(frontend(x.numpy())) - expected) * phase_weight(layer, x)
            assert difference.abs().max() <= 3e-6 * expected.abs().max()


@pytest.mark.parametrize("name", ["STFT", "MelSpectrogram", "Gammatonegram"])
@pytest.mark.parametrize("package", ["nnAudio", "nnAudio2"])
@pytest.mark.parametrize("n_fft", [256, 2048])
def test_kernels_of_nnaudio_are_recognised(name: str, package: str, n_fft: int) -> None:
    """They are rounded twice: as a float32 exponential, and times a float32 window."""
    layer = from_nnaudio(build(package, name, n_fft=n_fft, **QUIET))
    assert lower(layer).plan.parts[0].method.startswith("Fourier")


def test_gradients_reach_the_kernels() -> None:
    for case in STRUCTURES:
        layer = _converted(case)
        assert any(True for _ in layer.parameters()) == bool(case.trainable)
        if case.trainable:
            layer(torch.zeros(1, layer.describe().min_length)).sum().backward()
            for name, parameter in layer.named_parameters():
                assert parameter.grad is not None, (case.layer, name)
                assert torch.isfinite(parameter.grad).all(), (case.layer, name)
