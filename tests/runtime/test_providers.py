"""Which provider runs a graph is what was asked for, or an error that says why not."""

from __future__ import annotations

import ctypes
import logging
from typing import TYPE_CHECKING, Any

import nnaudio_runtime.engines.providers as providers_module
import pytest
from nnaudio_runtime import Frontend, PlacedNode, ProviderError, load
from nnaudio_runtime.engines.cuda_driver import CudaDriver
from nnaudio_runtime.engines.providers import CPU, CUDA, open_session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ProviderError("this machine has no NVIDIA driver")

    monkeypatch.setattr(providers_module, "cuda_driver", fail)


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers_module, "cuda_driver", lambda: None)


class _Session:
    """Stands for a session in which only some providers start."""

    def __init__(self, *active: str) -> None:
        self._active = list(active)

    def get_providers(self) -> list[str]:
        return self._active


class _Runtime:
    """Stands for the module onnxruntime with its CUDA provider, and libraries that are missing."""

    @staticmethod
    def get_available_providers() -> list[str]:
        return [CUDA, CPU]

    @staticmethod
    def preload_dlls() -> None:
        print("Failed to load libcudnn.so.9: no such file")


def _only_the_cpu(_: list[Any]) -> Any:
    return _Session(CPU)


@pytest.fixture
def cuda_build(driver: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers_module, "onnxruntime", _Runtime)


def test_auto_without_cuda_is_the_cpu_and_says_so(
    conv_path: Path, no_driver: None, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    frontend = load(conv_path)
    assert frontend.provider == CPU
    messages = [r.getMessage() for r in caplog.records if r.levelno == logging.INFO]
    assert messages == [
        "CUDA does not work (this machine has no NVIDIA driver)",
        f"{conv_path} runs on CPUExecutionProvider",
    ]
    assert capfd.readouterr() == ("", "")


def test_cuda_without_cuda_is_an_error(conv_path: Path, no_driver: None, capfd: Any) -> None:
    with pytest.raises(ProviderError) as caught:
        load(conv_path, providers="cuda")
    for words in ("no NVIDIA driver", "nvidia-smi", "nnaudio-runtime[cuda]", 'providers="cpu"'):
        assert words in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("providers", [[CUDA], [CUDA, CPU], [(CUDA, {"device_id": 0}), CPU]])
def test_a_list_is_taken_strictly(conv_path: Path, no_driver: None, providers: Any) -> None:
    with pytest.raises(ProviderError, match="no NVIDIA driver"):
        load(conv_path, providers=providers)


def test_a_list_of_the_cpu_works(conv_path: Path) -> None:
    assert load(conv_path, providers=[CPU]).provider == CPU


def test_an_unknown_provider(conv_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"has no NopeExecutionProvider, it has .*CPUExec"):
        load(conv_path, providers=["NopeExecutionProvider"])
    with pytest.raises(ValueError, match="providers is 'gpu', it must be 'auto', 'cuda', 'cpu'"):
        load(conv_path, providers="gpu")


def test_cuda_that_starts_is_taken(cuda_build: None) -> None:
    asked: list[Any] = []

    def open_with(providers: list[Any]) -> Any:
        asked.extend(providers)
        return _Session(CUDA, CPU)

    assert open_session(open_with, "auto", cuda_graph=True).get_providers() == [CUDA, CPU]
    (name, options), last = asked
    assert (name, last) == (CUDA, CPU)
    assert options["use_tf32"] == "0"
    assert options["enable_cuda_graph"] == "1"


def test_cuda_that_onnx_runtime_drops_silently_is_an_error(cuda_build: None, capfd: Any) -> None:
    with pytest.raises(ProviderError, match=r"cannot start CUDA.*Failed to load libcudnn.so.9"):
        open_session(_only_the_cpu, "cuda", cuda_graph=False)
    assert capfd.readouterr().out == ""


def test_cuda_that_fails_to_start_leaves_auto_on_the_cpu(cuda_build: None) -> None:
    def open_with(providers: list[Any]) -> Any:
        if providers[0] != CPU:
            raise ProviderError("CUDA failure 35")
        return _Session(CPU)

    assert open_session(open_with, "auto", cuda_graph=False).get_providers() == [CPU]
    with pytest.raises(ProviderError, match="CUDA failure 35"):
        open_session(open_with, "cuda", cuda_graph=False)


class _Driver:
    """Stands for NVIDIA's driver library: records calls, fails where told."""

    def __init__(self, devices: int = 1, fails: dict[str, int] | None = None) -> None:
        self.calls: list[str] = []
        self._devices, self._fails = devices, fails or {}

    def __getattr__(self, name: str) -> Callable[..., int]:
        def call(*arguments: Any) -> int:
            self.calls.append(name)
            if name == "cuDeviceGetCount":
                ctypes.cast(arguments[0], ctypes.POINTER(ctypes.c_int))[0] = self._devices
            return self._fails.get(name, 0)

        return call


def test_the_driver_synchronises_in_the_primary_context() -> None:
    library = _Driver()
    CudaDriver(library).synchronize(0)  # type: ignore[arg-type]
    assert library.calls[2:] == [
        "cuDeviceGet",
        "cuDevicePrimaryCtxRetain",
        "cuCtxPushCurrent_v2",
        "cuCtxSynchronize",
        "cuCtxPopCurrent_v2",
        "cuDevicePrimaryCtxRelease_v2",
    ]


def test_the_context_is_given_back_when_synchronising_fails() -> None:
    library = _Driver(fails={"cuCtxSynchronize": 700})
    with pytest.raises(ProviderError, match="cuCtxSynchronize fails with code 700"):
        CudaDriver(library).synchronize(0)  # type: ignore[arg-type]
    assert library.calls[-2:] == ["cuCtxPopCurrent_v2", "cuDevicePrimaryCtxRelease_v2"]


def test_a_driver_without_gpu_or_that_does_not_start() -> None:
    with pytest.raises(ProviderError, match="sees no GPU"):
        CudaDriver(_Driver(devices=0))  # type: ignore[arg-type]
    with pytest.raises(ProviderError, match="cuInit fails with code 999"):
        CudaDriver(_Driver(fails={"cuInit": 999}))  # type: ignore[arg-type]


def test_placement(conv_path: Path) -> None:
    placement = load(conv_path, providers="cpu").placement()
    assert PlacedNode("frame", "Conv", CPU) in placement.nodes
    assert placement.counts() == {CPU: 2}
    assert placement.outside(CPU) == ()
    lines = str(placement).splitlines()
    assert lines[0].split() == ["name", "op_type", "provider"]
    assert ["frame", "Conv", CPU] in [line.split() for line in lines]


def test_placement_of_an_old_onnx_runtime(conv_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frontend: Frontend = load(conv_path, providers="cpu")
    engine: Any = frontend._engine
    monkeypatch.setattr(engine, "_session", _Session(CPU))
    with pytest.raises(ProviderError, match=r"update to 1\.24"):
        frontend.placement()
