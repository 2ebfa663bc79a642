"""Files that take 16-bit PCM compute what the module computes of the same audio in float32."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nnaudio_runtime
import numpy as np
import onnx
import pytest
import torch
from nnaudio_exporters.proof.difference import difference
from nnaudio_runtime import SelfTest, generated_pcm, generated_signal, to_pcm
from support.modules import classifier, small_mel
from torch import nn

from nnaudio_export import ICQT, ISTFT, STFT, GriffinLim, export_onnx, export_torchscript

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

both = pytest.mark.parametrize(
    ("export", "suffix"),
    [(export_onnx, ".onnx"), (export_torchscript, ".pt")],
    ids=["onnx", "torchscript"],
)


@both
@pytest.mark.parametrize(
    "module",
    [
        small_mel,
        lambda: STFT(n_fft=256, hop_length=64, verbose=False),
        lambda: classifier().eval(),
        lambda: nn.Sequential(nn.Unflatten(1, (1, -1)), nn.Conv1d(1, 4, 16, stride=4)),
    ],
    ids=["mel", "stft", "classifier", "no-front-end"],
)
def test_the_same_numbers(
    export: Callable[..., Any], suffix: str, module: Callable[[], nn.Module], tmp_path: Path
) -> None:
    layer = module()
    result = export(layer, tmp_path / f"layer{suffix}", input_dtype="int16")
    assert result.metadata.to_properties()["nnaudio.input_dtype"] == "int16"
    frontend = nnaudio_runtime.load(tmp_path / f"layer{suffix}", providers="cpu")
    assert frontend.info == result.metadata
    assert frontend.contract.dtype == np.int16
    frontend.selftest()
    samples = np.random.default_rng(3).integers(-32768, 32768, (3, 4999)).astype(np.int16)
    with torch.no_grad():
        expected = layer(torch.from_numpy(samples.astype(np.float32) / 32768)).numpy()
    assert difference(expected, frontend(samples), "relative") <= 1e-5
    assert difference(expected[:1], frontend(samples[0]), "relative") <= 1e-5


def test_the_graphs_own_input(tmp_path: Path) -> None:
    export_onnx(small_mel(), tmp_path / "mel.onnx", input_dtype="int16")
    (audio,) = onnx.load(tmp_path / "mel.onnx").graph.input
    assert audio.type.tensor_type.elem_type == onnx.TensorProto.INT16
    assert [d.dim_param for d in audio.type.tensor_type.shape.dim] == ["batch", "samples"]


@both
def test_float_audio_is_refused_with_the_way_out(
    export: Callable[..., Any], suffix: str, tmp_path: Path
) -> None:
    export(small_mel(), tmp_path / f"mel{suffix}", input_dtype="int16")
    frontend = nnaudio_runtime.load(tmp_path / f"mel{suffix}", providers="cpu")
    audio = generated_signal((1, 2000), 5)
    with pytest.raises(
        nnaudio_runtime.AudioError,
        match=r"input is float32, the graph takes int16: use nnaudio_runtime\.to_pcm\(audio\)",
    ):
        frontend(audio)
    assert frontend(to_pcm(audio)).shape == (1, 20, 16)
    with pytest.raises(nnaudio_runtime.AudioError, match=r"is uint8.*\* 256"):
        frontend(np.zeros(2000, np.uint8))
    with pytest.raises(nnaudio_runtime.AudioError, match=r"is int32.*>> 16"):
        frontend(torch.zeros(2000, dtype=torch.int32))


@both
@pytest.mark.parametrize(
    ("module", "message"),
    [
        (lambda: ISTFT(n_fft=256), r"ISTFT takes 'spectrogram' \(batch, 129, frames, 2\), which"),
        (lambda: GriffinLim(n_fft=256), r"GriffinLim takes 'magnitude' .* is no PCM audio"),
        (
            lambda: nn.Sequential(ICQT(hop_length=32, sr=8000, fmin=220, n_bins=36), nn.ReLU()),
            r"ICQT takes 'cqt'",
        ),
    ],
    ids=["istft", "griffin-lim", "icqt"],
)
def test_inverses_take_no_pcm(
    export: Callable[..., Any],
    suffix: str,
    module: Callable[[], nn.Module],
    message: str,
    tmp_path: Path,
) -> None:
    with pytest.raises(ValueError, match=r"input_dtype='int16': " + message):
        export(module(), tmp_path / f"inverse{suffix}", input_dtype="int16")
    assert list(tmp_path.iterdir()) == []


@both
@pytest.mark.parametrize("dtype", ["int8", "float16", "PCM", ""])
def test_bad_dtype(export: Callable[..., Any], suffix: str, dtype: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"input_dtype='{dtype}': must be one of float32, int16"):
        export(small_mel(), tmp_path / f"mel{suffix}", input_dtype=dtype)


def test_generated_pcm() -> None:
    """The generator as any language writes it, with integers alone."""
    state, expected = 7, []
    for _ in range(1000):
        state = (1664525 * state + 1013904223) % 2**32
        expected.append(state // 2**17 - 16384)
    assert generated_pcm((10, 100), 7).ravel().tolist() == expected
    # Half of full scale, as the float32 noise is.
    close = np.abs(generated_pcm((1000,), 7) / 32768 - generated_signal((1000,), 7))
    assert close.max() <= 1 / 32768


def test_selftest_survives_its_text() -> None:
    test = SelfTest((1, 8), 1, 1e-5, (), dtype="int16")
    assert test.format() == "1x8 1 1e-05 int16"
    assert SelfTest.parse(test.format()) == test
    assert test.signal().dtype == np.int16
    with pytest.raises(nnaudio_runtime.ModelFileError, match="unknown input domain 'int8'"):
        SelfTest.parse("1x8 1 1e-05 int8")


def test_metadata_and_graph_must_agree(tmp_path: Path) -> None:
    export_onnx(small_mel(), tmp_path / "mel.onnx", input_dtype="int16")
    model = onnx.load(tmp_path / "mel.onnx")
    kept = {p.key: p.value for p in model.metadata_props if p.key != "nnaudio.input_dtype"}
    onnx.helper.set_model_props(model, kept)
    onnx.save(model, tmp_path / "wrong.onnx")
    with pytest.raises(
        nnaudio_runtime.ModelFileError, match="takes int16, its metadata describes float32"
    ):
        nnaudio_runtime.load(tmp_path / "wrong.onnx")
    onnx.helper.set_model_props(model, kept | {"nnaudio.input_dtype": "int8"})
    onnx.save(model, tmp_path / "wrong.onnx")
    with pytest.raises(nnaudio_runtime.ModelFileError, match="input_dtype is 'int8'"):
        nnaudio_runtime.load(tmp_path / "wrong.onnx")
