"""Each bad input is refused in words that name the value and the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from nnaudio_runtime import AudioError, Frontend, Metadata, load
from nnaudio_runtime.files.input_contract import InputContract
from onnx import TensorProto, helper

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _with(value: float, index: tuple[int, int]) -> Any:
    audio = np.zeros((2, 50), np.float32)
    audio[index] = value
    return audio


@pytest.fixture
def frontend(conv_path: Path) -> Frontend:
    return load(conv_path, providers="cpu")


@pytest.mark.parametrize(
    ("audio", "says"),
    [
        ([0.0, 0.1], ["is a list", "numpy.asarray(audio, numpy.float32)"]),
        (None, ["is a NoneType", "NumPy array"]),
        (np.zeros(50), ["is float64", ".astype(numpy.float32)"]),
        (np.zeros(50, ">f4"), ["is >f4", ".astype(numpy.float32)"]),
        (np.zeros(50, np.int16), ["is int16", "audio.astype(numpy.float32) / 32768"]),
        (np.zeros(50, np.int32), ["is int32", "/ 2147483648"]),
        (np.zeros(50, np.uint8), ["is uint8", "/ 128 - 1"]),
        (np.zeros(50, np.complex64), ["is complex64", ".astype(numpy.float32)"]),
        (np.zeros((), np.float32), ["shape ()", "(samples,)"]),
        (np.zeros((1, 2, 50), np.float32), ["(1, 2, 50)", "mix the channels"]),
        (np.zeros((1, 1, 1, 50), np.float32), ["(1, 1, 1, 50)", "(batch, samples)"]),
        (np.zeros(0, np.float32), ["empty", "(0,)"]),
        (np.zeros((0, 50), np.float32), ["empty", "(0, 50)"]),
        (np.zeros((2, 7), np.float32), ["has 7 samples", "at least 8"]),
        (_with(np.nan, (1, 3)), ["1 values", "nan at [1, 3]", "check_finite=False"]),
        (_with(np.inf, (0, 49)), ["inf at [0, 49]"]),
        (_with(-np.inf, (1, 0)), ["-inf at [1, 0]"]),
    ],
)
def test_refused(frontend: Frontend, audio: Any, says: list[str]) -> None:
    with pytest.raises(AudioError) as caught:
        frontend(audio)
    for words in says:
        assert words in str(caught.value)


def test_another_rate_is_refused_and_the_right_one_taken(frontend: Frontend) -> None:
    audio = np.zeros(50, np.float32)
    with pytest.raises(AudioError, match=r"44100 Hz.*takes 16000 Hz.*soxr\.resample"):
        frontend(audio, sample_rate=44100)
    assert frontend(audio, sample_rate=16000).shape == (1, 3, 11)


def test_large_values_are_finite(frontend: Frontend) -> None:
    # Their squares overflow float32, which the quick check must not take for infinity.
    frontend(np.full(50, 1e30, np.float32))


def test_check_finite_can_be_turned_off(conv_path: Path) -> None:
    features = load(conv_path, providers="cpu", check_finite=False)(_with(np.nan, (1, 20)))
    assert np.isnan(features).any()
    assert not np.isnan(features[0]).any()


def test_fixed_sizes(
    tmp_path: Path, metadata: Metadata, conv_model: Callable[..., onnx.ModelProto]
) -> None:
    onnx.save(conv_model(metadata, (1, 64), (1, 3, 15)), tmp_path / "fixed.onnx")
    frontend = load(tmp_path / "fixed.onnx", providers="cpu")
    assert frontend(np.zeros(64, np.float32)).shape == (1, 3, 15)
    with pytest.raises(AudioError, match=r"shape \(65,\).*axis 1 must be 64, not 65"):
        frontend(np.zeros(65, np.float32))
    with pytest.raises(AudioError, match=r"axis 0 must be 1, not 2"):
        frontend(np.zeros((2, 64), np.float32))


def test_a_fixed_length_needs_no_shortest() -> None:
    # min_length counts frames; no other axis must be taken for them.
    axes, kind = ("batch", 5, 8, 2), np.dtype("float32")
    contract = InputContract(axes, kind, min_length=3, length_axis="frames")
    spectrum = np.ones((1, 5, 8, 2), np.float32)
    assert contract.admit(spectrum) is spectrum


@pytest.fixture
def inverse(tmp_path: Path, model_of_graph: Callable[..., onnx.ModelProto]) -> Frontend:
    """(batch, 5, frames, 2) -> audio, at least two frames."""
    graph = helper.make_graph(
        [helper.make_node("ReduceSum", ["spectrum"], ["audio"], keepdims=0)],
        "inverse",
        [helper.make_tensor_value_info("spectrum", TensorProto.FLOAT, ["batch", 5, "frames", 2])],
        [helper.make_tensor_value_info("audio", TensorProto.FLOAT, [])],
    )
    info = Metadata(
        "ISTFT", min_length=2, input_axes=("batch", "5", "frames", "2"), output_axes=(("batch",),)
    )
    onnx.save(model_of_graph(graph, info), tmp_path / "inverse.onnx")
    return load(tmp_path / "inverse.onnx", providers="cpu")


def test_an_inverse_takes_its_own_axes(inverse: Frontend) -> None:
    assert inverse(np.ones((2, 5, 3, 2), np.float32)) == 60
    with pytest.raises(AudioError, match=r"\(1, 4, 3, 2\).*\(batch, 5, frames, 2\).*not 4"):
        inverse(np.ones((1, 4, 3, 2), np.float32))
    with pytest.raises(AudioError, match="has 1 frames, the graph needs at least 2"):
        inverse(np.ones((1, 5, 1, 2), np.float32))
    with pytest.raises(AudioError, match=r"\(50,\), the graph takes \(batch, 5, frames, 2\)"):
        inverse(np.ones(50, np.float32))
