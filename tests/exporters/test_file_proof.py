"""A file that is there already is proved against its module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nnaudio_runtime
import onnx
import pytest
import torch
from nnaudio_runtime import ModelFileError
from support.modules import TwoOutputs, WrongWhenFaint, small_mel
from torch import nn

from nnaudio_export import (
    ISTFT,
    STFT,
    ExportError,
    export_executorch,
    export_onnx,
    export_ort,
    export_torchscript,
    prove,
)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"dynamic": False, "num_samples": 1000},
        {"streaming": True, "samples": 256},
        {"streaming": True, "dynamic": False},
        {"input_dtype": "int16"},
        {"precision": "fp16"},
        {"profile": "mobile", "num_samples": 1000},
        {"lower": False},
    ],
    ids=str,
)
def test_a_file_is_compared_as_it_was_exported(options: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "mel.onnx"
    result = export_onnx(small_mel(), path, **options)
    before = path.read_bytes()
    proof = prove(small_mel(), path)
    assert proof.passed
    assert proof.search is None
    assert proof.parity.rows == result.parity.rows
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "module",
    [
        STFT(n_fft=64, output_format="Phase", verbose=False),
        TwoOutputs().eval(),
        ISTFT(n_fft=64, verbose=False),
    ],
    ids=["phase", "two outputs", "inverse"],
)
def test_modules_of_every_shape(module: nn.Module, tmp_path: Path) -> None:
    path = export_onnx(module, tmp_path / "a.onnx").path
    proof = prove(module, path, search=0.5)
    assert proof.passed
    assert proof.search is not None
    assert len(str(proof).splitlines()) <= 26


def test_an_inverse_of_fixed_length(tmp_path: Path) -> None:
    module = ISTFT(n_fft=64, verbose=False)
    path = export_onnx(module, tmp_path / "a.onnx", dynamic=False, num_samples=9).path
    assert prove(module, path, search=0.2).passed


def test_other_formats(tmp_path: Path) -> None:
    script = export_torchscript(small_mel(), tmp_path / "mel.pt").path
    assert prove(small_mel(), script, search=0.2).passed
    fixed = export_onnx(small_mel(), tmp_path / "a.onnx", dynamic=False, num_samples=800).path
    assert prove(small_mel(), export_ort(fixed).path, search=0.2).passed


@pytest.mark.xdist_group("executorch")
def test_a_program_of_executorch(tmp_path: Path) -> None:
    path = export_executorch(small_mel(), tmp_path / "mel.pte", max_samples=4000).path
    proof = prove(small_mel(), path, search=1)
    assert proof.passed
    assert max(row.length for row in proof.parity.rows) <= 4000


def test_the_tolerance_of_the_export_counts(tmp_path: Path) -> None:
    path = export_onnx(small_mel(), tmp_path / "a.onnx", tolerance=1e-3).path
    assert prove(small_mel(), path).parity.tolerance == 1e-3
    proof = prove(small_mel(), path, tolerance=1e-12)
    assert proof.parity.tolerance == 1e-12


def changed(path: Path, factor: float) -> Path:
    """The file with one weight changed, as a tool that rounds weights leaves it."""
    model = onnx.load(path)
    weight = max(model.graph.initializer, key=lambda one: len(one.raw_data))
    values = onnx.numpy_helper.to_array(weight) * factor
    weight.CopyFrom(onnx.numpy_helper.from_array(values.astype("float32"), weight.name))
    onnx.save(model, path)
    return path


def test_a_file_that_another_tool_changed(tmp_path: Path) -> None:
    path = changed(export_onnx(small_mel(), tmp_path / "mel.onnx").path, 1.001)
    proof = prove(small_mel(), path, search=60)
    assert not proof.passed
    assert proof.search is None  # the table shows it already
    assert "PARITY FAILS" in str(proof)


def test_a_counter_example(tmp_path: Path) -> None:
    path = export_onnx(WrongWhenFaint(), tmp_path / "mel.onnx", longest=16000).path
    assert prove(WrongWhenFaint(), path).passed
    proof = prove(WrongWhenFaint(), path, search=60)
    assert not proof.passed
    assert proof.parity.passed
    assert proof.search is not None
    assert proof.search.counterexample is not None
    assert proof.search.counterexample.shape == (1, 129)
    assert f"load({str(path)!r}, providers='cpu')" in str(proof)


class ShortBatches(nn.Module):
    """Goes another way for many signals, of which its file knows."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = small_mel()

    def forward(self, audio: torch.Tensor) -> torch.Tensor:
        mel: torch.Tensor = self.mel(audio)
        return 2 * mel if mel.shape[0] > 6 else mel


def test_a_search_ends_where_the_file_ends(tmp_path: Path) -> None:
    result = export_onnx(ShortBatches(), tmp_path / "mel.onnx")
    assert result.metadata.max_batch == 6
    proof = prove(ShortBatches(), result.path, search=3)
    assert proof.passed, proof


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["search", "tolerance"])
def test_bad_arguments(name: str, value: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"^{name}={value}: must be a finite number above 0$"):
        prove(small_mel(), tmp_path / "mel.onnx", **{name: value})


def test_another_module(tmp_path: Path) -> None:
    path = export_onnx(small_mel(), tmp_path / "mel.onnx").path
    wanted = r"was made from another module, a MelSpectrogram: names, shapes or values of the wei"
    for module in (small_mel(n_mels=21), STFT(n_fft=256, verbose=False), nn.Linear(3, 4)):
        with pytest.raises(ValueError, match=wanted):
            prove(module, path)


class Waveform(nn.Module):
    def forward(self, audio: torch.Tensor) -> torch.Tensor:
        return audio[..., 4:]


class Windows(nn.Module):
    """Refuses fewer than nine samples."""

    def forward(self, audio: torch.Tensor) -> torch.Tensor:
        return audio.unfold(-1, 9, 1).sum(-1)


class Same(nn.Module):
    def forward(self, audio: torch.Tensor) -> torch.Tensor:
        return 2 * audio


class Two(nn.Module):
    def forward(self, audio: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"a": audio, "b": audio}


def test_another_module_without_weights(tmp_path: Path) -> None:
    path = export_onnx(Waveform(), tmp_path / "wave.onnx").path
    with pytest.raises(ValueError, match=r"another module: it gives \(output\), the module \(a, b"):
        prove(Two(), path)
    # A module that takes less than the file says.
    path = export_onnx(Same(), tmp_path / "same.onnx").path
    with pytest.raises(ExportError, match="accepts an input of length 1, but not"):
        prove(Windows(), path)
    assert not prove(Waveform(), path).passed


def test_files_that_are_none_of_ours(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        prove(small_mel(), tmp_path / "none.onnx")
    model = onnx.load(export_onnx(small_mel(), tmp_path / "mel.onnx").path)
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "plain.onnx")
    with pytest.raises(ModelFileError, match=r"plain.onnx has no metadata of nnaudio-export"):
        prove(small_mel(), tmp_path / "plain.onnx")
    assert nnaudio_runtime.load(tmp_path / "plain.onnx").info is None
