"""A loaded front end: its values, shapes, times and self-test, alone and from threads."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from nnaudio_runtime import (
    AudioError,
    Metadata,
    ModelFileError,
    Probes,
    SelfTest,
    SelfTestError,
    load,
)
from onnx import TensorProto, helper

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

# float32 sums of eight products of values below 4
ATOL = 2e-6


def _reversed(audio: NDArray[Any]) -> NDArray[Any]:
    return audio[:, ::-1]


def _read_only(audio: NDArray[Any]) -> NDArray[Any]:
    audio = audio.copy()
    audio.flags.writeable = False
    return audio


@pytest.mark.parametrize("form", [np.copy, _reversed, _read_only, np.asfortranarray])
def test_values(
    conv_path: Path, audio: Any, reference: Callable[..., Any], form: Callable[..., Any]
) -> None:
    audio = form(audio)
    frontend = load(conv_path, providers="cpu")
    features = frontend(audio)
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, reference(audio), atol=ATOL)
    outputs = frontend.run(audio, sample_rate=16000)
    assert list(outputs) == ["features"]
    np.testing.assert_array_equal(outputs["features"], features)


@pytest.mark.parametrize("shape", [(200,), (1, 200), (1, 1, 200), (3, 1, 200), (3, 200), (1, 8)])
def test_shapes(conv_path: Path, reference: Callable[..., Any], shape: tuple[int, ...]) -> None:
    audio = np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)
    features = load(conv_path, providers="cpu")(audio)
    np.testing.assert_allclose(features, reference(audio.reshape(-1, shape[-1])), atol=ATOL)


def test_it_says_what_it_is(conv_path: Path, metadata: Metadata) -> None:
    frontend = load(conv_path, providers="cpu")
    assert frontend.info is not None
    assert frontend.info.to_properties() == metadata.to_properties()
    assert (frontend.input_name, frontend.output_names) == ("audio", ("features",))
    assert frontend.provider == "CPUExecutionProvider"
    assert repr(frontend) == (
        "<Frontend conv.onnx: (samples,) or (batch, samples) or (batch, 1, samples) -> features, "
        "CPUExecutionProvider>"
    )


def test_frame_times(conv_path: Path) -> None:
    times = load(conv_path, providers="cpu").frame_times(3)
    assert times.dtype == np.float64
    np.testing.assert_array_equal(times, np.array([4, 8, 12]) / 16000)


def test_selftest(conv_path: Path) -> None:
    assert 0 <= load(conv_path, providers="cpu").selftest() < 1e-6


def test_selftest_finds_other_weights(
    tmp_path: Path, metadata: Metadata, conv_model: Callable[..., onnx.ModelProto]
) -> None:
    model = conv_model(metadata)
    kernels = onnx.numpy_helper.to_array(model.graph.initializer[1]) * np.float32(1.0001)
    model.graph.initializer[1].CopyFrom(onnx.numpy_helper.from_array(kernels, "kernels"))
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(SelfTestError, match=r"'features' is off by 0.0001 .*allowed is 1e-05"):
        load(tmp_path / "other.onnx", providers="cpu").selftest()


def test_a_plain_graph_runs_and_says_so_once(
    tmp_path: Path,
    conv_model: Callable[..., onnx.ModelProto],
    audio: Any,
    reference: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = tmp_path / "plain.onnx"
    onnx.save(conv_model(), path)
    frontend = load(path, providers="cpu")
    warnings = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert [r.getMessage().partition(":")[0] for r in warnings] == [
        f"{path} has no metadata of nnaudio-export"
    ]
    assert frontend.info is None
    np.testing.assert_allclose(frontend(audio, sample_rate=8000), reference(audio), atol=ATOL)
    with pytest.raises(AudioError, match=r"plain\.onnx cannot compute this input: .*Conv"):
        frontend(audio[:, :3])
    with pytest.raises(ModelFileError, match="does not say its sample_rate, hop_length"):
        frontend.frame_times(3)
    with pytest.raises(SelfTestError, match="carries no self-test"):
        frontend.selftest()


def test_several_outputs_come_by_name_or_as_a_tuple(
    tmp_path: Path, model_of_graph: Callable[..., onnx.ModelProto]
) -> None:
    graph = helper.make_graph(
        [
            helper.make_node("Neg", ["audio"], ["minus"]),
            helper.make_node("Abs", ["audio"], ["abs"]),
        ],
        "two",
        [helper.make_tensor_value_info("audio", TensorProto.FLOAT, [None, "n"])],
        [
            helper.make_tensor_value_info(n, TensorProto.FLOAT, [None, "n"])
            for n in ("minus", "abs")
        ],
    )
    onnx.save(model_of_graph(graph, None), tmp_path / "two.onnx")
    frontend = load(tmp_path / "two.onnx", providers="cpu")
    audio = np.array([[-0.5, 0.25]], np.float32)
    minus, magnitude = frontend(audio)
    np.testing.assert_array_equal(minus, -audio)
    np.testing.assert_array_equal(magnitude, np.abs(audio))
    assert list(frontend.run(audio)) == ["minus", "abs"]


def test_threads_get_their_own_results(conv_path: Path) -> None:
    frontend = load(conv_path, providers="cpu")
    rng = np.random.default_rng(5)
    clips = [rng.uniform(-1, 1, (2, 500 + n)).astype(np.float32) for n in range(20)] * 5
    alone = [frontend(clip) for clip in clips]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(frontend, clips))
    for a, b in zip(alone, together, strict=True):
        np.testing.assert_array_equal(a, b)


def test_intra_op_threads_reach_the_session(conv_path: Path, audio: Any) -> None:
    one, two = (load(conv_path, providers="cpu", intra_op_threads=n) for n in (1, 2))
    np.testing.assert_allclose(one(audio), two(audio), atol=ATOL)
    session = one._engine._session  # type: ignore[attr-defined]
    assert session.get_session_options().intra_op_num_threads == 1


def test_a_silent_output_has_an_absolute_error() -> None:
    test = SelfTest((1, 4), 1, 1e-5, (Probes("zeros", "relative", 0.0, {0: 0.0}),))
    assert test.check({"zeros": np.zeros(4, np.float32)}) == 0
    with pytest.raises(SelfTestError, match=r"off by 0\.5"):
        test.check({"zeros": np.full(4, 0.5, np.float32)})
