"""TorchScript files give the same front end, and only files of known origin are loaded."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from nnaudio_runtime import AudioError, Metadata, ModelFileError, ProviderError, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# PyTorch has deprecated TorchScript; writing a file is what warns here.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")


class Conv(torch.nn.Module):
    def __init__(self, kernels: Any) -> None:
        super().__init__()
        self.kernels = torch.nn.Parameter(torch.from_numpy(kernels), requires_grad=False)

    def forward(self, audio: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.conv1d(audio.unsqueeze(1), self.kernels, stride=4)


@pytest.fixture
def save(tmp_path: Path, kernels: Any) -> Callable[..., Path]:
    def save(files: dict[str, str]) -> Path:
        path = tmp_path / "conv.pt"
        torch.jit.save(torch.jit.script(Conv(kernels).eval()), path, _extra_files=files)
        return path

    return save


@pytest.fixture
def script_path(save: Callable[..., Path], metadata: Metadata) -> Path:
    return save({"nnaudio.json": json.dumps(metadata.to_properties())})


def test_it_is_the_same_front_end(
    script_path: Path, conv_path: Path, audio: Any, metadata: Metadata
) -> None:
    script, graph = load(script_path, providers="cpu"), load(conv_path, providers="cpu")
    assert script.info is not None
    assert script.info.to_properties() == metadata.to_properties()
    assert (script.input_name, script.output_names) == (graph.input_name, graph.output_names)
    assert script.provider == "TorchScript on cpu"
    np.testing.assert_allclose(script(audio), graph(audio), atol=2e-6)
    np.testing.assert_allclose(script.run(audio[0])["features"], graph(audio[0]), atol=2e-6)
    np.testing.assert_array_equal(script.frame_times(4), graph.frame_times(4))
    assert script.selftest() < 1e-6
    assert script.placement().counts() == {"TorchScript on cpu": 1}
    with pytest.raises(AudioError, match="has 7 samples, the graph needs at least 8"):
        script(audio[:, :7])


def test_tensors_stay_tensors(script_path: Path, audio: Any) -> None:
    frontend = load(script_path, providers="cpu")
    features = frontend(torch.from_numpy(audio))
    assert isinstance(features, torch.Tensor)
    np.testing.assert_array_equal(features.numpy(), frontend(audio))
    for tensor, says in (
        (torch.zeros(50, dtype=torch.float64), "is float64"),
        (torch.full((50,), torch.nan), "not finite"),
        (torch.zeros(50, requires_grad=True), "DLPack"),
    ):
        with pytest.raises(AudioError, match=says):
            frontend(tensor)


def test_read_only_audio_is_left_alone(script_path: Path, audio: Any) -> None:
    audio.flags.writeable = False
    assert load(script_path, providers="cpu")(audio).shape == (2, 3, 49)


@pytest.mark.skipif(torch.cuda.is_available(), reason="shows what happens without a GPU")
def test_cuda_without_cuda(script_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"PyTorch finds no GPU.*providers=\"cpu\""):
        load(script_path, providers="cuda")
    assert load(script_path).provider == "TorchScript on cpu"


@pytest.mark.parametrize("providers", ["gpu", ["CPUExecutionProvider"]])
def test_other_providers(script_path: Path, providers: Any) -> None:
    with pytest.raises(ValueError, match="must be 'auto', 'cuda' or 'cpu'"):
        load(script_path, providers=providers)


def test_cuda_graphs_are_for_onnx(script_path: Path) -> None:
    with pytest.raises(ProviderError, match="cuda_graph=True is for ONNX"):
        load(script_path, cuda_graph=True)


def test_json_that_exhausts_the_parser(save: Callable[..., Path]) -> None:
    with pytest.raises(ModelFileError, match="is damaged"):
        load(save({"nnaudio.json": "[" * 10**5}))


def test_a_foreign_torchscript_file_is_not_loaded(save: Callable[..., Path]) -> None:
    with pytest.raises(ModelFileError, match="of unknown origin"):
        load(save({}))


def test_damaged_archives_are_refused(script_path: Path) -> None:
    whole = script_path.read_bytes()
    for length in range(4, len(whole), 97):
        script_path.write_bytes(whole[:length])
        with pytest.raises(ModelFileError, match=r"conv\.pt is"):
            load(script_path)


def test_outputs_must_be_as_many_as_named(
    save: Callable[..., Path], metadata: Metadata, audio: Any
) -> None:
    properties = metadata.to_properties() | {
        "nnaudio.output_names": "one,two",
        "nnaudio.output_axes": "batch,bins,frames;batch,frames",
    }
    frontend = load(save({"nnaudio.json": json.dumps(properties)}), providers="cpu")
    with pytest.raises(ModelFileError, match="gives 1 outputs, its metadata names 2"):
        frontend(audio)


def test_it_takes_what_it_is_proved_for(save: Callable[..., Path], metadata: Metadata) -> None:
    info = replace(metadata, max_batch=3, max_length=100)
    frontend = load(save({"nnaudio.json": json.dumps(info.to_properties())}), providers="cpu")
    assert frontend(np.zeros((3, 100), np.float32)).shape == (3, 3, 24)
    for array in (np.zeros((4, 100), np.float32), torch.zeros(4, 100)):
        with pytest.raises(AudioError, match="batch of 4, the file is proved for at most 3"):
            frontend(array)
    with pytest.raises(AudioError, match="has 101 samples, the file is proved for at most 100"):
        frontend(torch.zeros(101))


@pytest.mark.gpu("that a TorchScript file runs on CUDA", library="torch")
def test_cuda(script_path: Path, audio: Any) -> None:
    frontend = load(script_path, providers="cuda")
    expected = load(script_path, providers="cpu")(audio)
    np.testing.assert_allclose(frontend(audio), expected, atol=2e-6)
