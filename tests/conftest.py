"""Rules for all tests: a GPU test needs a GPU, and any other skip in CI is a failure."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING

import pytest
import signals
from nnaudio_runtime import ProviderError
from nnaudio_runtime.engines.cuda_driver import cuda_driver

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

NEEDS_GPU = "needs an NVIDIA GPU"


def _missing_gpu(library: str | None) -> str | None:
    """Why there is no GPU for a test; None where there is one."""
    if library == "torch":
        import torch

        return None if torch.cuda.is_available() else "PyTorch sees no CUDA device"
    try:
        cuda_driver()
    except ProviderError as error:
        return str(error)
    return None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """``@pytest.mark.gpu(reason, library=None)``: skipped where there is no GPU.

    ``library="torch"`` asks PyTorch whether it can use one (a CPU build cannot), else the driver.
    """
    marker = item.get_closest_marker("gpu")
    if marker is None:
        return
    missing = _missing_gpu(marker.kwargs.get("library"))
    if missing:
        pytest.skip(f"{NEEDS_GPU} ({missing}) to show {marker.args[0]}")


def _fail_if_skipped_in_ci(report: pytest.TestReport | pytest.CollectReport) -> None:
    """A skip in CI is a test that nobody runs, unless the hardware for it is missing."""
    if not os.environ.get("CI") or report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if NEEDS_GPU not in reason:
        report.outcome = "failed"
        report.longrepr = f"a skip in CI is a failure, unless it names missing hardware: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_skipped_in_ci(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped_in_ci(report)
    return report


@pytest.fixture(scope="session", autouse=True)
def _one_table_of_operators() -> Iterator[None]:
    """PyTorch reads its table of ONNX operators from source for every export; here, once.

    That takes 0.4 s, and the tests export some hundred times. An export only looks things up in it.
    """
    if "torch" not in sys.modules:
        yield  # nothing to export
        return
    from torch.onnx._internal.exporter._registration import ONNXRegistry

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            ONNXRegistry, "from_torchlib", staticmethod(cache(ONNXRegistry.from_torchlib))
        )
        yield


@pytest.fixture(params=signals.RECORDINGS)
def recording(request: pytest.FixtureRequest) -> signals.Audio:
    """Each sample recording in turn, mono float32 ``(samples,)``."""
    return signals.recording(request.param)


@pytest.fixture
def speech() -> signals.Audio:
    """5.4 s of speech at 22.05 kHz, mono float32 ``(samples,)``."""
    return signals.recording("speech_synthetic")
