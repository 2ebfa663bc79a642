"""Small graphs, those of the conformance cases."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import onnx
import pytest
from conformance.graphs import KERNELS, bank, described, filtered, with_metadata
from nnaudio_runtime import Metadata, generated_signal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


@pytest.fixture
def kernels() -> NDArray[np.float32]:
    """(bins, 1, kernel)"""
    return KERNELS


@pytest.fixture
def reference() -> Callable[[NDArray[Any]], NDArray[np.float64]]:
    """What the conv graph computes, (batch, samples) -> (batch, bins, frames), in float64."""
    return filtered


@pytest.fixture
def metadata() -> Metadata:
    return described()


@pytest.fixture
def conv_model() -> Callable[..., onnx.ModelProto]:
    """Builds audio (batch, samples) -> features (batch, bins, frames)."""
    return bank


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
