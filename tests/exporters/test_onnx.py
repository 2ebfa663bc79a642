"""What an exported ONNX file is: shapes, names, metadata, bytes; and any module exports."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import nnaudio_runtime
import numpy as np
import onnx
import pytest
import torch
from nnaudio_contract.spec import LayerSpec
from nnaudio_exporters.proof.difference import difference
from nnaudio_runtime import generated_signal
from support.modules import LogMel, TwoOutputs, classifier, small_mel
from torch import nn

from nnaudio_export import ISTFT, MFCC, STFT, export_onnx

if TYPE_CHECKING:
    from pathlib import Path


def axes(value: onnx.ValueInfoProto) -> list[str | int]:
    return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]


def test_axes_are_named_and_nothing_names_this_machine(tmp_path: Path) -> None:
    path = tmp_path / "mel.onnx"
    export_onnx(small_mel(), path)
    graph = onnx.load(path).graph
    assert [axes(value) for value in graph.input] == [["batch", "samples"]]
    assert [axes(value) for value in graph.output] == [["batch", 20, "frames"]]
    assert (graph.input[0].name, graph.output[0].name) == ("audio", "mel")
    content = path.read_bytes()
    for trace in (b"stack_trace", b".py", b"//"):
        assert trace not in content, trace


@pytest.mark.parametrize(("opset", "version"), [(18, 8), (21, 10)])
def test_the_oldest_version_that_the_operators_allow(
    opset: int, version: int, tmp_path: Path
) -> None:
    """ONNX Runtime 1.17 takes operator set 18, and no file of a version above 9."""
    export_onnx(small_mel(), tmp_path / "mel.onnx", opset=opset)
    assert onnx.load(tmp_path / "mel.onnx").ir_version == version


def test_fixed_shape(tmp_path: Path) -> None:
    path = tmp_path / "mel.onnx"
    result = export_onnx(small_mel(), path, dynamic=False, num_samples=1000)
    graph = onnx.load(path).graph
    assert axes(graph.input[0]) == [1, 1000]
    assert axes(graph.output[0]) == [1, 20, 8]
    assert result.metadata.input_axes == ("1", "1000")
    frontend = nnaudio_runtime.load(path)
    with pytest.raises(nnaudio_runtime.AudioError, match=r"must be 1000, not 999"):
        frontend(np.zeros(999, np.float32))


def test_metadata(tmp_path: Path) -> None:
    layer = small_mel(center=False)
    result = export_onnx(layer, tmp_path / "mel.onnx", metadata={"author": "me"})
    info = nnaudio_runtime.load(tmp_path / "mel.onnx").info
    assert info == result.metadata
    assert info is not None
    assert (info.layer, info.sample_rate, info.hop_length) == ("MelSpectrogram", 16000, 128)
    assert (info.frame_offset, info.min_length) == (128, 256)
    assert info.config["n_mels"] == 20
    assert info.output_axes == (("batch", "mels", "frames"),)
    assert info.extra == {"author": "me"}
    assert "tolerance=1e-05" in info.parity
    other = export_onnx(small_mel(center=False, fmin=100.0), tmp_path / "other.onnx")
    assert other.metadata.weights_sha256 != info.weights_sha256


def test_frame_times_are_where_the_frames_are(tmp_path: Path) -> None:
    """A click at a known time is loudest in the frame whose time is nearest."""
    for center in (True, False):
        export_onnx(small_mel(center=center), tmp_path / "mel.onnx")
        frontend = nnaudio_runtime.load(tmp_path / "mel.onnx")
        audio = np.zeros(4000, np.float32)
        audio[128 * 15] = 1.0
        energy = frontend(audio)[0].sum(axis=0)
        times = frontend.frame_times(energy.size)
        assert times[energy.argmax()] == pytest.approx(128 * 15 / 16000, abs=1e-9)


def test_the_same_layer_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        export_onnx(MFCC(sr=16000, n_fft=256, n_mels=20, n_mfcc=10), tmp_path / f"{name}.onnx")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_trained_weights_are_the_exported_ones(tmp_path: Path) -> None:
    layer = small_mel(trainable_mel=True, trainable_STFT=True)
    optimizer = torch.optim.SGD(layer.parameters(), lr=1e-2)
    audio = torch.from_numpy(generated_signal((2, 2000), 5))
    layer(audio).square().mean().backward()
    optimizer.step()
    export_onnx(layer, tmp_path / "mel.onnx")
    found = nnaudio_runtime.load(tmp_path / "mel.onnx")(audio.numpy())
    untrained = small_mel()(audio).numpy()
    with torch.no_grad():
        assert difference(layer(audio).numpy(), found, "relative") <= 3e-6
    assert difference(untrained, found, "relative") > 1e-3, "training changed nothing"


def test_the_module_itself_is_left_alone(tmp_path: Path) -> None:
    layer = small_mel(trainable_mel=True)
    before = {name: tensor.clone() for name, tensor in layer.state_dict().items()}
    export_onnx(layer, tmp_path / "mel.onnx")
    assert layer.training
    assert all(parameter.requires_grad for parameter in layer.parameters())
    assert all(torch.equal(layer.state_dict()[name], before[name]) for name in before)


def test_front_end_and_network_in_one_file(tmp_path: Path) -> None:
    model = classifier().eval()
    result = export_onnx(model, tmp_path / "model.onnx")
    info = result.metadata
    assert (info.layer, info.sample_rate) == ("MelSpectrogram", 16000)
    assert info.output_axes == (("batch", "4"),)
    # Four frames for the pooling: the network asks for more audio than its front end.
    assert info.min_length == 3 * 128
    audio = generated_signal((3, 7919), 7)
    found = nnaudio_runtime.load(tmp_path / "model.onnx")(audio)
    with torch.no_grad():
        assert difference(model(torch.from_numpy(audio)).numpy(), found, "relative") <= 1e-5


def test_a_small_guard_survives(tmp_path: Path) -> None:
    """PyTorch's own optimiser takes 1e-9 for zero: log(mel + 1e-9) became -inf on silence."""
    model = LogMel()
    export_onnx(model, tmp_path / "model.onnx")
    silence = np.zeros((1, 1000), np.float32)
    found = nnaudio_runtime.load(tmp_path / "model.onnx")(silence)
    np.testing.assert_allclose(found, np.log(1e-9), rtol=1e-6)


def test_several_outputs_keep_their_names(tmp_path: Path) -> None:
    model = TwoOutputs().eval()
    result = export_onnx(model, tmp_path / "model.onnx")
    assert result.metadata.output_axes == (("batch", "20", "frames"), ("batch", "5", "frames_2"))
    audio = generated_signal((2, 5000), 3)
    found = nnaudio_runtime.load(tmp_path / "model.onnx").run(audio)
    with torch.no_grad():
        expected = model(torch.from_numpy(audio))
    assert list(found) == ["mel", "embedding"]
    for name, tensor in expected.items():
        assert difference(tensor.numpy(), found[name], "relative") <= 3e-6, name


def test_a_module_without_a_front_end(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Unflatten(1, (1, -1)), nn.Conv1d(1, 4, 16, stride=4))
    result = export_onnx(model.eval(), tmp_path / "conv.onnx")
    assert (result.metadata.layer, result.metadata.sample_rate) == ("Sequential", None)
    assert result.metadata.min_length == 16
    assert result.metadata.output_axes == (("batch", "4", "frames"),)


def test_analysis_mask_and_synthesis_in_one_graph(tmp_path: Path) -> None:
    class Denoiser(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stft = STFT(n_fft=256, hop_length=64, sr=16000)
            self.mask = nn.Conv1d(129, 129, 3, padding=1)
            self.istft = ISTFT(n_fft=256, hop_length=64, sr=16000)

        def forward(self, audio: torch.Tensor) -> torch.Tensor:
            spectrogram = self.stft(audio)
            magnitude = (spectrogram.square().sum(-1) + 1e-9).sqrt()
            mask = torch.sigmoid(self.mask(magnitude)).unsqueeze(-1)
            return self.istft(spectrogram * mask)

    torch.manual_seed(0)
    result = export_onnx(Denoiser().eval(), tmp_path / "denoiser.onnx")
    assert result.metadata.input_axes == ("batch", "samples")
    assert result.metadata.layer == "STFT"
    assert result.parity.passed


def test_an_inverse_takes_spectrograms(tmp_path: Path) -> None:
    result = export_onnx(ISTFT(n_fft=256, hop_length=64), tmp_path / "istft.onnx")
    assert result.metadata.to_properties()["nnaudio.min_frames"] == "2"
    graph = onnx.load(tmp_path / "istft.onnx").graph
    assert axes(graph.input[0]) == ["batch", 129, "frames", 2]
    assert axes(graph.output[0]) == ["batch", "samples"]
    audio = generated_signal((2, 4096), 9)
    spectrogram = STFT(n_fft=256, hop_length=64)(torch.from_numpy(audio)).numpy()
    back = nnaudio_runtime.load(tmp_path / "istft.onnx")(spectrogram)
    assert difference(audio, back, "relative") <= 2e-6


def test_a_higher_operator_set(tmp_path: Path) -> None:
    export_onnx(small_mel(), tmp_path / "mel.onnx", opset=20)
    assert onnx.load(tmp_path / "mel.onnx").opset_import[0].version == 20


def test_result_reads_well(tmp_path: Path) -> None:
    text = str(export_onnx(small_mel(), tmp_path / "mel.onnx"))
    assert "mel.onnx" in text
    assert "parity holds" in text
    for signal in ("noise", "chirp", "silence", "impulse", "full scale", "-80 dB", "DC"):
        assert f"\n{signal}" in text


def test_weights_beyond_a_gigabyte_lie_beside_the_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is lowered: what counts is that both files arrive and load from elsewhere."""
    monkeypatch.setattr("nnaudio_exporters.formats.onnx.onnx_format._SIDE_FILE_BYTES", 10_000)
    result = export_onnx(small_mel(), tmp_path / "mel.onnx")
    assert {path.name for path in tmp_path.iterdir()} == {"mel.onnx", "mel.onnx.data"}
    assert result.size == sum(path.stat().st_size for path in tmp_path.iterdir())
    (tmp_path / "moved").mkdir()
    for name in ("mel.onnx", "mel.onnx.data"):
        (tmp_path / name).rename(tmp_path / "moved" / name)
    assert nnaudio_runtime.load(tmp_path / "moved" / "mel.onnx").selftest() <= 1e-5


def test_a_users_module_describes_itself(tmp_path: Path) -> None:
    """A vocoder: features in, audio out. Its describe() says what the exporters cannot guess."""

    class Vocoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.spectrum = nn.Conv1d(20, 2 * 129, 3, padding=1)
            self.istft = ISTFT(n_fft=256, hop_length=64, sr=16000)

        def forward(self, mel: torch.Tensor) -> torch.Tensor:
            return self.istft(self.spectrum(mel).unflatten(1, (129, 2)).transpose(2, 3))

        def describe(self) -> LayerSpec:
            return replace(
                self.istft.describe(),
                layer="Vocoder",
                config={},
                input_name="mel",
                input_axes=("batch", 20, "frames"),
            )

    torch.manual_seed(0)
    model = Vocoder().eval()
    result = export_onnx(model, tmp_path / "vocoder.onnx")
    assert result.metadata.input_axes == ("batch", "20", "frames")
    assert result.metadata.layer == "Vocoder"
    mel = generated_signal((2, 20, 31), 5)
    found = nnaudio_runtime.load(tmp_path / "vocoder.onnx")(mel)
    with torch.no_grad():
        expected = model(torch.from_numpy(mel)).numpy()
    assert found.shape == (2, 30 * 64)
    assert difference(expected, found, "relative") <= 1e-5


def test_result_names_what_cuda_leaves_to_the_cpu(tmp_path: Path) -> None:
    phase = export_onnx(STFT(n_fft=256, output_format="Phase"), tmp_path / "phase.onnx")
    assert [node.op_type for node in phase.cuda_fallbacks] == ["Atan"]
    assert "On CUDA, ONNX Runtime runs these operators on the CPU: Atan" in str(phase)
    pair = export_onnx(STFT(n_fft=256, output_format="CosSin"), tmp_path / "cos_sin.onnx")
    assert pair.cuda_fallbacks == ()
