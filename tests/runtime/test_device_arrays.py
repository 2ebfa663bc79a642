"""Arrays of other libraries come and go through DLPack, and fixed buffers stay where they are.

The binding is the same for every device, so the CPU shows its logic; tests marked ``gpu`` show
what only a GPU can.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from nnaudio_runtime import AudioError, Frontend, Metadata, ProviderError, load
from nnaudio_runtime.engines.onnxruntime import OrtEngine
from torch.utils.dlpack import from_dlpack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def frontend(conv_path: Path) -> Frontend:
    return load(conv_path, providers="cpu")


@pytest.mark.parametrize("shape", [(200,), (2, 200), (2, 1, 200)])
def test_tensor_in_dlpack_out(frontend: Frontend, shape: tuple[int, ...]) -> None:
    tensor = torch.rand(shape) - 0.5
    features = frontend(tensor)
    expected = frontend(tensor.numpy())
    np.testing.assert_array_equal(np.from_dlpack(features), expected)
    assert torch.equal(from_dlpack(features), torch.from_numpy(expected))


def test_the_result_outlives_the_input(frontend: Frontend) -> None:
    tensor = torch.rand(2, 200)
    expected = frontend(tensor.numpy())
    features = [frontend(tensor.clone()) for _ in range(50)]
    for each in features:
        np.testing.assert_array_equal(np.from_dlpack(each), expected)


@pytest.mark.parametrize(
    ("tensor", "says"),
    [
        (torch.zeros(50, dtype=torch.float64), "is float64"),
        (torch.zeros(50, dtype=torch.int16), r"is int16.*/ 32768"),
        (torch.zeros(50, dtype=torch.bfloat16), r"bfloat16"),
        (torch.zeros(7), "has 7 samples, the graph needs at least 8"),
        (torch.zeros(0), "empty"),
        (torch.full((50,), torch.nan), r"50 values.*nan at \[0\]"),
        (torch.zeros(50, requires_grad=True), "need no gradient"),
        (torch.zeros(2, 50).T.contiguous().T, "must be contiguous"),
    ],
)
def test_refused(frontend: Frontend, tensor: torch.Tensor, says: str) -> None:
    with pytest.raises(AudioError, match=says):
        frontend(tensor)


def test_the_rate_is_checked_too(frontend: Frontend) -> None:
    with pytest.raises(AudioError, match="44100 Hz"):
        frontend(torch.zeros(50), sample_rate=44100)


class _OnGpu:
    """An array that says it lives on the second GPU."""

    def __dlpack__(self, *, stream: int | None = None) -> object:
        raise AssertionError("its memory must not be asked for")

    def __dlpack_device__(self) -> tuple[int, int]:
        return 2, 1


def test_a_gpu_array_is_no_input_for_the_cpu(frontend: Frontend) -> None:
    with pytest.raises(AudioError, match=r"on CUDA device 1, .*CPUExecutionProvider.*'cuda'"):
        frontend(_OnGpu())


@pytest.fixture
def fixed(
    tmp_path: Path, metadata: Metadata, conv_model: Callable[..., onnx.ModelProto]
) -> Frontend:
    """A front end on fixed buffers, as with cuda_graph=True, but on the CPU."""
    path = tmp_path / "fixed.onnx"
    onnx.save(conv_model(metadata, (1, 64), (1, 3, 15)), path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return Frontend(path, OrtEngine(path, session, None, fixed_buffers=True), metadata)


def test_fixed_buffers_give_every_call_its_own_result(
    fixed: Frontend, reference: Callable[..., Any]
) -> None:
    clips = [np.random.default_rng(n).random((1, 64), np.float32) for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(fixed, clips))
    for clip, result in zip(clips, results, strict=True):
        np.testing.assert_allclose(result, reference(clip), atol=2e-6)
    assert fixed.selftest() < 1e-6


def test_fixed_buffers_take_any_layout_of_numpy(fixed: Frontend) -> None:
    audio = np.random.default_rng(1).random(128, np.float32)[::2]
    np.testing.assert_array_equal(fixed(audio), fixed(audio.copy()))
    with pytest.raises(AudioError, match="must be a NumPy array"):
        fixed(torch.zeros(1, 64))


def test_fixed_buffers_need_fixed_shapes(conv_path: Path) -> None:
    session = onnxruntime.InferenceSession(conv_path, providers=["CPUExecutionProvider"])
    with pytest.raises(ProviderError, match=r"'audio'.*\['batch', 'samples'\].*dynamic=False"):
        OrtEngine(conv_path, session, None, fixed_buffers=True)


def test_cuda_graphs_need_cuda(conv_path: Path) -> None:
    with pytest.raises(ProviderError, match="cuda_graph=True needs CUDA"):
        load(conv_path, providers="cpu", cuda_graph=True)


@pytest.mark.gpu("that arrays stay on the device from input to output")
def test_cuda_tensor_in_and_out(conv_path: Path) -> None:
    frontend = load(conv_path, providers="cuda")
    tensor = torch.rand(2, 200, device="cuda") - 0.5
    features = from_dlpack(frontend(tensor))
    assert features.device == tensor.device
    expected = load(conv_path, providers="cpu")(tensor.cpu().numpy())
    np.testing.assert_allclose(features.cpu().numpy(), expected, atol=2e-6)


@pytest.mark.gpu("that CUDA computes the same numbers, every node on it")
def test_cuda_equals_cpu(conv_path: Path, audio: Any) -> None:
    frontend = load(conv_path, providers="cuda")
    assert frontend.provider == "CUDAExecutionProvider"
    expected = load(conv_path, providers="cpu")(audio)
    np.testing.assert_allclose(frontend(audio), expected, atol=2e-6)
    assert frontend.selftest() < 1e-5
    assert frontend.placement().outside("CUDAExecutionProvider") == ()


@pytest.mark.gpu("that a captured CUDA graph replays with new input")
def test_cuda_graph(
    tmp_path: Path,
    metadata: Metadata,
    conv_model: Callable[..., onnx.ModelProto],
    reference: Callable[..., Any],
) -> None:
    path = tmp_path / "fixed.onnx"
    onnx.save(conv_model(metadata, (1, 64), (1, 3, 15)), path)
    frontend = load(path, providers="cuda", cuda_graph=True)
    for seed in range(5):
        clip = np.random.default_rng(seed).random((1, 64), np.float32)
        np.testing.assert_allclose(frontend(clip), reference(clip), atol=2e-6)
