"""What cannot be exported is refused with the reason; no file appears and an old one stays."""

from __future__ import annotations

import math
import os
import resource
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from support.modules import (
    Counting,
    ImportsInForward,
    Noisy,
    Remembering,
    ValueDependent,
    classifier,
    small_mel,
)
from torch import Tensor, nn

from nnaudio_export import (
    ExportError,
    ParityError,
    export_executorch,
    export_onnx,
    export_torchscript,
)

every_format = pytest.mark.parametrize(
    ("export", "suffix"),
    [
        pytest.param(export_onnx, ".onnx", id="onnx"),
        pytest.param(export_torchscript, ".pt", id="torchscript"),
        # One worker for all of ExecuTorch, which starts slowly.
        pytest.param(
            export_executorch, ".pte", id="executorch", marks=pytest.mark.xdist_group("executorch")
        ),
    ],
)

OLD = b"an older file"


@pytest.fixture
def target(tmp_path: Path, suffix: str) -> Iterator[Path]:
    """An existing file that a refused export must leave alone, in a folder it must leave clean."""
    path = tmp_path / f"old{suffix}"
    path.write_bytes(OLD)
    yield path
    assert path.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [path]


class SeldomNoisy(nn.Module):
    """One call in a hundred is another."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = small_mel()

    def forward(self, audio: Tensor) -> Tensor:
        mel: Tensor = self.mel(audio)
        return mel * 2 if float(torch.rand(())) < 0.01 else mel


class LateCounter(nn.Module):
    """After five hundred calls it gives something else."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = small_mel()
        self.calls = 0

    def forward(self, audio: Tensor) -> Tensor:
        self.calls += 1
        mel: Tensor = self.mel(audio)
        return mel * 2 if self.calls > 500 else mel


def spoilt(value: float) -> nn.Module:
    mel = small_mel()
    mel.mel.matrix[3, 7] = value
    return mel


@every_format
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tolerance": 0}, r"tolerance=0: must be a finite number above 0"),
        ({"tolerance": float("nan")}, r"tolerance=nan: must be a finite number"),
        ({"dynamic": False}, r"dynamic=False needs num_samples"),
        ({"num_samples": 0}, r"num_samples=0: must be at least 1"),
        ({"metadata": {"nnaudio.layer": "x"}}, r"'nnaudio\.' are the exporter's own"),
        ({"metadata": {"version": 3}}, r"'version': 3: keys and values must be strings"),
    ],
)
def test_bad_arguments(
    export: Callable[..., object], target: Path, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        export(small_mel(), target, **arguments)


@pytest.mark.parametrize("suffix", [".onnx"])
@pytest.mark.parametrize("opset", [17, 99])
def test_bad_opset(target: Path, opset: int) -> None:
    with pytest.raises(ValueError, match=rf"opset={opset}: must be from 18 to \d+"):
        export_onnx(small_mel(), target, opset=opset)


@every_format
@pytest.mark.parametrize(
    ("module", "message"),
    [
        (lambda: "mel", r"layer is a str: must be a torch\.nn\.Module"),
        (lambda: small_mel().double(), r"dtype torch\.float64: must be torch\.float32"),
        (lambda: small_mel().to("meta"), r"on the meta device and has no values"),
        (
            lambda: classifier().train(),
            r"training mode.*BatchNorm2d '3', Dropout '6'.*call \.eval\(\) first",
        ),
        (Noisy, r"must not draw random numbers"),
        (Counting, r"change its own state"),
        (SeldomNoisy, r"draws from PyTorch's random numbers in evaluation mode"),
        (LateCounter, r"calls is another after each run: .*change its own state"),
        (
            lambda: spoilt(math.inf),
            r"mel\.matrix has 1 values .* first inf at \[3, 7\]: must be",
        ),
        (
            lambda: spoilt(math.nan),
            r"mel\.matrix has 1 values .* first nan at \[3, 7\]: must be",
        ),
        (
            lambda: nn.ModuleList([small_mel(), small_mel(sr=8000)]).append(nn.Identity()),
            r"front ends for 8000, 16000 Hz",
        ),
    ],
)
def test_unfit_modules(
    export: Callable[..., object], target: Path, module: Callable[[], nn.Module], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        export(module(), target)


@pytest.mark.parametrize(
    "remember",
    [
        pytest.param(lambda audio: audio.device, id="device"),
        pytest.param(lambda audio: [audio, {"shape": audio.shape}], id="features"),
        pytest.param(lambda audio: audio * math.nan, id="nan"),
        pytest.param(lambda audio: SimpleNamespace(audio=audio), id="object"),
    ],
)
def test_what_a_module_remembers_is_no_history(
    tmp_path: Path, remember: Callable[[Tensor], object]
) -> None:
    export_onnx(Remembering(remember), tmp_path / "remembering.onnx")


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")
@every_format
def test_a_scripted_module(export: Callable[..., object], target: Path) -> None:
    scripted = torch.jit.script(nn.Identity())
    with pytest.raises(ValueError, match=r"scripted already: pass the nn\.Module"):
        export(scripted, target)


@pytest.mark.parametrize("suffix", [".onnx"])
def test_control_flow_on_values(target: Path) -> None:
    with pytest.raises(ExportError) as caught:
        export_onnx(ValueDependent(), target)
    first_line = str(caught.value).splitlines()[0]
    assert "cannot be exported to ONNX" in first_line
    assert "data-dependent" in first_line


@pytest.mark.parametrize("suffix", [".pt"])
def test_what_torchscript_cannot_compile(target: Path) -> None:
    with pytest.raises(ExportError, match=r"to TorchScript: .*import statements") as caught:
        export_torchscript(ImportsInForward(), target)
    assert "\n" not in str(caught.value)


def test_a_failed_script_does_not_poison_the_next(tmp_path: Path) -> None:
    with pytest.raises(ExportError):
        export_torchscript(ImportsInForward(), tmp_path / "bad.pt")
    assert export_torchscript(small_mel(), tmp_path / "good.pt").parity.passed


@every_format
def test_one_length_only(export: Callable[..., Any], tmp_path: Path, suffix: str) -> None:
    module = nn.Sequential(nn.Linear(1000, 4)).eval()
    with pytest.raises(ExportError, match=r"runs at no length.*\n.*dynamic=False"):
        export(module, tmp_path / f"linear{suffix}")
    assert list(tmp_path.iterdir()) == []
    result = export(module, tmp_path / f"linear{suffix}", dynamic=False, num_samples=1000)
    assert result.metadata.input_axes == ("1", "1000")


@every_format
def test_an_output_that_is_no_tensor(export: Callable[..., object], target: Path) -> None:
    class Text(nn.Module):
        def forward(self, audio: Tensor) -> str:
            return str(audio)

    with pytest.raises(ExportError, match="returns str: must return a tensor"):
        export(Text(), target)


class Corrupting(nn.Module):
    """Computes something else once it is a graph, as a compiler's fault would."""

    def forward(self, audio: Tensor) -> Tensor:
        if torch.jit.is_scripting():
            return audio * 1.001
        return audio * 1.001 if torch.compiler.is_exporting() else audio


@every_format
def test_a_graph_that_differs(export: Callable[..., object], target: Path) -> None:
    with pytest.raises(ParityError, match="PARITY FAILS") as caught:
        export(Corrupting(), target)
    assert caught.value.report.worst == pytest.approx(1e-3, rel=0.01)
    assert "noise" in str(caught.value)


@every_format
def test_paths(export: Callable[..., object], tmp_path: Path, suffix: str) -> None:
    with pytest.raises(FileNotFoundError, match=r"'.*missing' does not exist: create it"):
        export(small_mel(), tmp_path / "missing" / f"mel{suffix}")
    with pytest.raises(ValueError, match=rf"must end in '\{suffix}'"):
        export(small_mel(), tmp_path / "mel.txt")
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(IsADirectoryError, match="is a folder: name a file in it"):
        export(small_mel(), tmp_path / f"folder{suffix}")


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root may write anywhere: be somebody else for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@every_format
def test_no_permission(export: Callable[..., object], suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        refused = pytest.raises(PermissionError, match=r"cannot be written: take another path")
        with unprivileged(), refused:
            export(small_mel(), Path(folder) / f"mel{suffix}")


@every_format
def test_full_disk(export: Callable[..., object], target: Path) -> None:
    """The kernel stops the write half-way, as a full disk does."""
    import signal

    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises((OSError, ExportError)) as caught:
            export(small_mel(), target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert str(target.name) in str(caught.value) or "File too large" in str(caught.value)


def test_silence_is_compared_absolutely() -> None:
    from nnaudio_exporters.proof.difference import difference

    silent = np.zeros(4, np.float32)
    assert difference(silent, silent, "relative") == 0
    assert difference(silent, silent + np.float32(1e-9), "relative") > 1
    assert difference(silent, np.full(4, np.nan, np.float32), "relative") == np.inf
    assert difference(silent, np.zeros(5, np.float32), "relative") == np.inf
