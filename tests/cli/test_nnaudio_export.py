"""The command nnaudio-export."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING

import nnaudio_runtime
import numpy as np
import pytest
import torch
from nnaudio_runtime import generated_signal
from typer.testing import CliRunner

from nnaudio_export import MelSpectrogram
from nnaudio_export.cli.app import app
from nnaudio_export.cli.options import argument_help, constructor_options
from nnaudio_export.layers import LAYERS, Entry

if TYPE_CHECKING:
    from pathlib import Path

runner = CliRunner()
MEL = ["--sr", "16000", "--n-fft", "256", "--hop-length", "128", "--n-mels", "20"]


def test_onnx_with_a_layers_arguments(tmp_path: Path) -> None:
    path = tmp_path / "mel.onnx"
    result = runner.invoke(app, ["onnx", "MelSpectrogram", *MEL, "--fmax", "7000", "-o", str(path)])
    assert result.exit_code == 0, result.output
    assert "parity holds" in result.stdout
    info = nnaudio_runtime.load(path).info
    assert info is not None
    assert (info.config["n_mels"], info.config["fmax"]) == (20, 7000.0)


def test_arguments_that_a_layer_hands_on_and_none(tmp_path: Path) -> None:
    path = tmp_path / "mfcc.onnx"
    arguments = [*MEL, "--n-mfcc", "8", "--top-db", "none", "--no-center", "-o", str(path)]
    result = runner.invoke(app, ["onnx", "MFCC", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    config = json.loads(report["properties"]["nnaudio.config"])
    assert (config["top_db"], config["center"], config["n_mels"]) == (None, False, 20)
    assert report["parity"]["passed"]
    assert report["size"] == path.stat().st_size


@pytest.mark.parametrize(("command", "suffix"), [("onnx", ".onnx"), ("torchscript", ".pt")])
def test_pcm(command: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"mel{suffix}"
    arguments = [command, "MelSpectrogram", *MEL, "--input-dtype"]
    result = runner.invoke(app, [*arguments, "int16", "-o", str(path)])
    assert result.exit_code == 0, result.output
    assert nnaudio_runtime.load(path).contract.dtype == np.int16
    result = runner.invoke(app, [*arguments, "int8", "-o", str(path)])
    assert result.exit_code == 1
    assert "input_dtype='int8': must be one of float32, int16" in result.stderr.replace("\n", "")


def test_half_precision(tmp_path: Path) -> None:
    for command, precision, suffix in (("onnx", "fp16", ".onnx"), ("torchscript", "bf16", ".pt")):
        path = tmp_path / f"mel{suffix}"
        arguments = [command, "MelSpectrogram", *MEL, "--precision", precision, "-o", str(path)]
        result = runner.invoke(app, arguments)
        assert result.exit_code == 0, result.output
        info = nnaudio_runtime.load(path).info
        assert info is not None
        assert info.precision == precision


def test_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "mel.onnx"
    arguments = ["onnx", "MelSpectrogram", *MEL, "-o", str(path), "--streaming"]
    result = runner.invoke(app, [*arguments, "--chunk", "0.02"])
    assert result.exit_code == 0, result.output
    info = nnaudio_runtime.load(path).info
    assert info is not None
    assert info.streaming is not None
    assert info.streaming.chunk == 384  # 320, in whole hops
    result = runner.invoke(app, [*arguments, "--chunk", "0.02", "--samples", "256"])
    assert result.exit_code == 1
    assert "give one of them" in result.stderr.replace("\n", " ")


def test_torchscript_with_fixed_length(tmp_path: Path) -> None:
    path = tmp_path / "stft.pt"
    arguments = ["--n-fft", "256", "--fixed", "--num-samples", "1024", "-o", str(path)]
    result = runner.invoke(app, ["torchscript", "STFT", *arguments])
    assert result.exit_code == 0, result.output
    info = nnaudio_runtime.load(path).info
    assert info is not None
    assert info.input_axes == ("1", "1024")


def test_a_checkpoint_of_a_larger_model(tmp_path: Path) -> None:
    mel = MelSpectrogram(sr=16000, n_fft=256, hop_length=128, n_mels=20, trainable_mel=True)
    with torch.no_grad():
        mel.mel.matrix.mul_(3)
    model = torch.nn.ModuleDict({"frontend": mel, "head": torch.nn.Linear(20, 2)})
    torch.save(model.state_dict(), tmp_path / "model.pt")
    arguments = ["--trainable-mel", "--checkpoint", str(tmp_path / "model.pt")]
    path = tmp_path / "mel.onnx"
    common = ["onnx", "MelSpectrogram", *MEL, *arguments, "-o", str(path)]
    result = runner.invoke(app, [*common, "--prefix", "frontend."])
    assert result.exit_code == 0, result.output
    audio = generated_signal((1, 2000), 3)
    expected = mel(torch.from_numpy(audio)).detach().numpy()
    np.testing.assert_allclose(nnaudio_runtime.load(path)(audio), expected, rtol=1e-4, atol=1e-5)
    path.unlink()
    result = runner.invoke(app, common)
    assert result.exit_code == 1
    assert "has no mel.matrix" in result.stderr
    assert "--prefix" in result.stderr
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--hop-length", "0", "-o", "{}/mel.onnx"], "hop_length=0: must be a whole number"),
        (["--window", "no[such]", "-o", "{}/mel.onnx"], "window='no[such]'"),
        (["--fmax", "20000", "-o", "{}/mel.onnx"], "fmax=20000.0: must be at most 11025 Hz"),
        (["-o", "{}/missing/mel.onnx"], "missing' does not exist"),
        (["-o", "{}/mel.txt"], "must end in '.onnx'"),
        (["--trainable-mel", "--checkpoint", "{}/none.pt", "-o", "{}/m.onnx"], "none.pt"),
    ],
)
def test_errors_are_one_line(arguments: list[str], message: str, tmp_path: Path) -> None:
    filled = [argument.format(tmp_path) for argument in arguments]
    result = runner.invoke(app, ["onnx", "MelSpectrogram", *filled])
    assert result.exit_code == 1
    assert message in result.stderr.replace("\n", "")
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_value_of_the_wrong_kind_is_a_usage_error(tmp_path: Path) -> None:
    result = runner.invoke(app, ["onnx", "STFT", "--n-fft", "many", "-o", str(tmp_path / "s.onnx")])
    assert result.exit_code == 2
    assert "--n-fft" in result.stderr


@pytest.mark.parametrize("entry", LAYERS, ids=lambda entry: entry.name)
def test_every_argument_has_help(entry: Entry) -> None:
    layer = entry.load()
    texts = argument_help(layer)
    own = set(constructor_options(layer)) & set(inspect.signature(layer).parameters)
    assert own
    for name in own:
        assert texts.get(name), f"{layer.__name__} does not document {name}"
