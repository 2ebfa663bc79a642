"""What an ExecuTorch program says of itself, what it takes, and what its export refuses."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import nnaudio_runtime
import numpy as np
import pytest
import soundfile
import torch
from nnaudio_exporters.formats.executorch.executorch_format import longest_input
from nnaudio_exporters.prepare.options import Options
from nnaudio_exporters.prepare.steps import prepare
from nnaudio_runtime import AudioError, ModelFileError, ProviderError, generated_signal
from nnaudio_runtime.cli.app import app as run_app
from nnaudio_runtime.engines.executorch import load_program
from support.modules import TwoOutputs, small_mel
from torch import Tensor, nn
from typer.testing import CliRunner

from nnaudio_export import ISTFT, STFT, ExportError, ExportResult, export_executorch
from nnaudio_export.cli.app import app as export_app

if TYPE_CHECKING:
    from pathlib import Path

    import typer

# One worker: ExecuTorch starts slowly, and the program is exported once.
pytestmark = pytest.mark.xdist_group("executorch")

LONGEST = 4000


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> ExportResult:
    path = tmp_path_factory.mktemp("programs") / "mel.pte"
    return export_executorch(small_mel(), path, max_samples=LONGEST, metadata={"who": "Jürgen 音"})


def test_it_is_the_same_front_end(result: ExportResult) -> None:
    frontend, layer = nnaudio_runtime.load(result.path), small_mel()
    assert frontend.provider == "ExecuTorch on cpu"
    assert frontend.placement().counts() == {"ExecuTorch on cpu": 1}
    assert frontend.selftest() <= 1e-5
    assert "4000" in str(result)
    for length in (129, 130, 511, 512, 513, 3999, LONGEST):
        audio = generated_signal((length,), 3)
        expected = layer(torch.from_numpy(audio)).numpy()
        found = frontend(audio)
        assert found.shape == expected.shape
        # 3e-6: products of 256 samples, added up in another order.
        assert np.abs(found - expected).max() <= 3e-6 * expected.max()
        same = frontend(torch.from_numpy(audio)[None])
        assert isinstance(same, Tensor)
        np.testing.assert_array_equal(same.numpy(), found)


def test_what_it_says_of_itself(result: ExportResult) -> None:
    program = load_program(result.path)
    assert program.method_names == {"forward", "nnaudio"}
    (text,) = program.load_method("nnaudio").execute([])
    assert json.loads(text) == result.metadata.to_properties()
    info = nnaudio_runtime.load(result.path).info
    assert info is not None
    assert info == result.metadata
    assert (info.min_length, info.max_length, info.input_axes) == (129, LONGEST, ("1", "samples"))
    assert json.loads(text)["nnaudio.max_samples"] == "4000"
    assert info.extra == {"who": "Jürgen 音"}
    assert "ExecuTorch=1." in info.parity


@pytest.mark.parametrize(
    ("audio", "says"),
    [
        (np.zeros(LONGEST + 1, np.float32), "has 4001 samples, the graph has memory for 4000"),
        (np.zeros(128, np.float32), "has 128 samples, the graph needs at least 129"),
        (np.zeros((2, 500), np.float32), "axis 0 must be 1, not 2"),
        (np.zeros(500), "is float64"),
        (np.full(500, np.nan, np.float32), "not finite"),
        (torch.zeros(500, dtype=torch.float64), "is float64"),
        (torch.zeros(500, requires_grad=True), "DLPack"),
    ],
)
def test_audio_that_does_not_fit(result: ExportResult, audio: Any, says: str) -> None:
    with pytest.raises(AudioError, match=says):
        nnaudio_runtime.load(result.path)(audio)


def test_strides_of_any_kind(result: ExportResult) -> None:
    frontend = nnaudio_runtime.load(result.path)
    audio = generated_signal((2000,), 3)
    expected = frontend(audio)
    audio.flags.writeable = False
    np.testing.assert_array_equal(frontend(audio), expected)
    np.testing.assert_array_equal(frontend(np.repeat(audio, 2)[::2]), expected)
    np.testing.assert_array_equal(frontend(audio[::-1].copy()[::-1]), expected)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"providers": "cuda"}, ProviderError, "an ExecuTorch program is for the CPU"),
        ({"providers": ["CPUExecutionProvider"]}, ValueError, "must be 'auto' or 'cpu'"),
        ({"intra_op_threads": 1}, ValueError, "intra_op_threads=1: ExecuTorch sets its threads"),
        ({"cuda_graph": True}, ProviderError, "cuda_graph=True is for ONNX"),
    ],
)
def test_how_it_can_be_loaded(
    result: ExportResult, arguments: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        nnaudio_runtime.load(result.path, **arguments)


def test_files_that_are_no_programs(result: ExportResult, tmp_path: Path) -> None:
    whole = result.path.read_bytes()
    path = tmp_path / "mel.pte"
    for content, says in (
        (b"", "is empty, no ExecuTorch program"),
        (b"some words", "is a text file, no ExecuTorch program"),
        (whole[:8], "is damaged"),
        (whole[: len(whole) // 2], "is damaged"),
    ):
        path.write_bytes(content)
        with pytest.raises(ModelFileError, match=says) as caught:
            nnaudio_runtime.load(path)
        assert "nnaudio_export.export_executorch" in str(caught.value)
    (tmp_path / "mel.bin").write_bytes(whole)  # its content says what it is
    assert nnaudio_runtime.load(tmp_path / "mel.bin").provider == "ExecuTorch on cpu"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b'.format"', b'.FORMAT"', "no nnaudio.format"),
        (b'.format": "1"', b'.format": "9"', "has metadata format 9"),
        (b'.max_samples": "4000"', b'.max_samples": "5000"', r"\(1, 4000\), .* \(1, 5000\)"),
        (b'.output_names": "mel"', b'.output_names": ","  ', "no nnaudio.output_names"),
        (b'.output_names": "mel"', b'.output_names": "a,b"', "has 1 entries, it must be 2"),
        (b'.format": "1"', b'.format":  1 ', "no JSON object of strings"),
        (b'{"nnaudio.format"', b'["nnaudio.format"', "gives no JSON"),
    ],
)
def test_metadata_that_cannot_be(
    result: ExportResult, tmp_path: Path, old: bytes, new: bytes, says: str
) -> None:
    whole = result.path.read_bytes()
    assert whole.count(old) == 1
    assert len(old) == len(new)
    (tmp_path / "mel.pte").write_bytes(whole.replace(old, new))
    with pytest.raises(ModelFileError, match=says):
        nnaudio_runtime.load(tmp_path / "mel.pte")


def test_a_model_with_two_outputs_of_pcm(tmp_path: Path) -> None:
    model = TwoOutputs().eval()
    export_executorch(
        model, tmp_path / "two.pte", input_dtype="int16", dynamic=False, num_samples=4000
    )
    frontend = nnaudio_runtime.load(tmp_path / "two.pte")
    pcm = nnaudio_runtime.generated_pcm((1, 4000), 3)
    outputs = frontend.run(pcm)
    with torch.no_grad():
        expected = model(torch.from_numpy(nnaudio_runtime.from_pcm(pcm)))
    assert list(outputs) == ["mel", "embedding"]
    for name, tensor in expected.items():
        scale = float(tensor.abs().max())
        assert np.abs(outputs[name] - tensor.numpy()).max() <= 3e-6 * scale, name


def test_the_same_layer_gives_the_same_bytes(tmp_path: Path) -> None:
    layer = STFT(n_fft=16, hop_length=8)
    files = [tmp_path / "a.pte", tmp_path / "b.pte"]
    for path in files:
        export_executorch(layer, path, lower=False, dynamic=False, num_samples=100)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_the_commands(tmp_path: Path) -> None:
    def done(app: typer.Typer, *arguments: object) -> str:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exit_code == 0, result.output
        return result.stdout

    mel, speech = tmp_path / "mel.pte", tmp_path / "speech.wav"
    layer = ("--sr", 16000, "--n-fft", 256, "--hop-length", 128, "--n-mels", 20)
    report = done(
        export_app, "executorch", "MelSpectrogram", *layer, "--streaming", "-o", mel, "--json"
    )
    assert json.loads(report)["parity"]["passed"]
    soundfile.write(speech, generated_signal((4000,), 3), 16000)

    info = json.loads(done(run_app, "info", mel, "--json"))
    assert (info["layer"], info["provider"]) == ("MelSpectrogram", "ExecuTorch on cpu")
    assert info["stream"]["chunk_samples"] == 128
    assert json.loads(done(run_app, "selftest", mel, "--json"))[0]["passed"] is True
    done(run_app, "run", mel, speech, "-o", tmp_path / "whole.npy")
    done(run_app, "stream", mel, speech, "--block", 0.007, "-o", tmp_path / "blocks.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "blocks.npy"), np.load(tmp_path / "whole.npy"))
    refused = CliRunner().invoke(
        export_app, ["executorch", "STFT", "--precision", "fp16", "-o", str(tmp_path / "s.pte")]
    )
    assert refused.exit_code == 1
    assert "an ExecuTorch program computes in float32" in refused.stderr.replace("\n", " ")


BAD_ARGUMENTS: list[tuple[dict[str, Any], str]] = [
    ({"precision": "fp16"}, "precision='fp16': an ExecuTorch program computes in float32"),
    ({"precision": "bf16"}, "precision='bf16': an ExecuTorch program computes in float32"),
    ({"max_samples": 0}, "max_samples=0: must be a whole number of at least 1"),
    ({"max_samples": 1e4}, "max_samples=10000.0: must be a whole number of at least 1"),
    ({"max_samples": 129}, "max_samples=129: must be at least 130"),
    ({"max_samples": 400, "streaming": True}, "max_samples=400: only for dynamic=True and whole"),
    (
        {"max_samples": 400, "dynamic": False, "num_samples": 400},
        "max_samples=400: only for dynamic=True",
    ),
    ({"input_dtype": "int8"}, "input_dtype='int8': must be one of"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_ARGUMENTS)
def test_bad_arguments(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        export_executorch(small_mel(), tmp_path / "mel.pte", **arguments)
    assert list(tmp_path.iterdir()) == []


def test_the_usual_longest_input() -> None:
    def longest(module: nn.Module) -> int:
        return longest_input(prepare(module, Options()), None)

    assert longest(small_mel()) == 30 * 16000
    assert longest(ISTFT(n_fft=256, hop_length=64, sr=16000)) == 30 * 250
    assert longest(nn.Identity()) == 30 * 16000


class Sorted(nn.Module):
    """``torch.sort`` has a kernel in PyTorch, and none in ExecuTorch."""

    def forward(self, audio: Tensor) -> Tensor:
        return torch.sort(audio, dim=1).values


@pytest.mark.parametrize("offset", [0.0, 0.5])
def test_sums_over_ten_minutes(offset: float, tmp_path: Path) -> None:
    """Against float64; an engine's running sum is off by far more."""

    class Normalised(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            mean = x.mean(-1, keepdim=True)
            return (x - mean) / torch.sqrt(x.var(-1, keepdim=True, unbiased=False) + 1e-7)

    length = 600 * 16000
    export_executorch(Normalised(), tmp_path / "m.pte", max_samples=length)
    x = (0.2 * generated_signal((1, length), 9) + np.float32(offset)).astype(np.float32)
    expected = Normalised()(torch.from_numpy(x).double()).numpy()
    found = nnaudio_runtime.load(tmp_path / "m.pte")(x)
    assert np.abs(found - expected).max() <= 3e-6 * np.abs(expected).max()


def test_an_operator_without_a_kernel(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"ExecuTorch.*sort") as caught:
        export_executorch(Sorted(), tmp_path / "mel.pte", dynamic=False, num_samples=2000)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
