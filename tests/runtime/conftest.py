"""Small graphs, written by hand with onnx.helper."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from nnaudio_runtime import Metadata, Probes, SelfTest, generated_signal
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

KERNEL, HOP, BINS = 8, 4, 3


@pytest.fixture
def kernels() -> NDArray[np.float32]:
    """(bins, 1, kernel)"""
    return np.random.default_rng(7).standard_normal((BINS, 1, KERNEL)).astype(np.float32)


@pytest.fixture
def reference(kernels: NDArray[np.float32]) -> Callable[[NDArray[Any]], NDArray[np.float64]]:
    """What the conv graph computes, (batch, samples) -> (batch, bins, frames), in float64."""

    def compute(audio: NDArray[Any]) -> NDArray[np.float64]:
        frames = np.lib.stride_tricks.sliding_window_view(audio.astype(np.float64), KERNEL, -1)
        features: NDArray[np.float64] = np.einsum(
            "bfk,ck->bcf", frames[:, ::HOP], kernels[:, 0].astype(np.float64)
        )
        return features

    return compute


@pytest.fixture
def metadata(reference: Callable[[NDArray[Any]], NDArray[np.float64]]) -> Metadata:
    test = SelfTest((1, 64), 1, 1e-5, ())
    features = reference(test.signal())
    values = {i: float(np.float32(features.flat[i])) for i in range(0, features.size, 5)}
    probes = Probes("features", "relative", float(np.abs(features).max()), values)
    return Metadata(
        layer="Conv",
        config={"kernel": KERNEL},
        sample_rate=16000,
        hop_length=HOP,
        frame_offset=KERNEL // 2,
        min_length=KERNEL,
        output_axes=(("batch", "bins", "frames"),),
        output_names=("features",),
        selftest=SelfTest(test.shape, test.seed, test.tolerance, (probes,)),
    )


@pytest.fixture
def conv_model(kernels: NDArray[np.float32]) -> Callable[..., onnx.ModelProto]:
    """Builds audio (batch, samples) -> features (batch, bins, frames)."""

    def build(
        metadata: Metadata | None = None,
        audio_shape: tuple[str | int, ...] = ("batch", "samples"),
        features_shape: tuple[str | int, ...] = ("batch", BINS, "frames"),
        opset: int = 18,
    ) -> onnx.ModelProto:
        graph = helper.make_graph(
            [
                helper.make_node("Unsqueeze", ["audio", "one"], ["channel"], name="channel"),
                helper.make_node(
                    "Conv", ["channel", "kernels"], ["features"], name="frame", strides=[HOP]
                ),
            ],
            "conv",
            [helper.make_tensor_value_info("audio", TensorProto.FLOAT, audio_shape)],
            [helper.make_tensor_value_info("features", TensorProto.FLOAT, features_shape)],
            [
                numpy_helper.from_array(np.array([1]), "one"),
                numpy_helper.from_array(kernels, "kernels"),
            ],
        )
        return with_metadata(graph, metadata, opset)

    return build


def with_metadata(
    graph: onnx.GraphProto, metadata: Metadata | None, opset: int = 18
) -> onnx.ModelProto:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    if metadata is not None:
        helper.set_model_props(model, metadata.to_properties())
    return model


@pytest.fixture
def model_of_graph() -> Callable[..., onnx.ModelProto]:
    return with_metadata


@pytest.fixture
def conv_path(
    tmp_path: Path, metadata: Metadata, conv_model: Callable[..., onnx.ModelProto]
) -> Path:
    path = tmp_path / "conv.onnx"
    onnx.save(conv_model(metadata), path)
    return path


@pytest.fixture
def audio() -> NDArray[np.float32]:
    """(2, 200)"""
    return generated_signal((2, 200), seed=3)


@pytest.fixture(autouse=True)
def _info_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="nnaudio_runtime")
