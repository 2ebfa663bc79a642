"""What an export as a stream refuses, what it rounds, and what its file must say."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import nnaudio_runtime
import numpy as np
import pytest
import signals
import torch
from nnaudio_runtime import Metadata, ModelFileError
from nnaudio_runtime.files.stream_spec import StreamSpec
from streaming.conftest import SR
from torch import Tensor, nn

from nnaudio_export import (
    ICQT,
    ISTFT,
    MFCC,
    STFT,
    ExportError,
    GriffinLim,
    MelSpectrogram,
    export_onnx,
    export_torchscript,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def small_mel() -> MelSpectrogram:
    return MelSpectrogram(sr=SR, n_fft=64, hop_length=32, n_mels=8)


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Path]:
    """A path where a refused export must leave nothing."""
    path = tmp_path / "stream.pt"
    yield path
    assert list(tmp_path.iterdir()) == []


BAD_ARGUMENTS: list[tuple[dict[str, Any], str]] = [
    ({"streaming": True, "chunk": 0.02, "samples": 320}, "chunk=0.02 and samples=320: give one"),
    ({"chunk": 0.02}, "chunk=0.02, samples=None: the length of a chunk needs streaming=True"),
    ({"samples": 320}, "chunk=None, samples=320: the length of a chunk needs streaming=True"),
    ({"streaming": True, "chunk": 0}, "chunk=0: must be a finite number of seconds above 0"),
    ({"streaming": True, "chunk": -1}, "chunk=-1: must be a finite"),
    ({"streaming": True, "chunk": float("nan")}, "chunk=nan: must be a finite"),
    ({"streaming": True, "chunk": float("inf")}, "chunk=inf: must be a finite"),
    ({"streaming": True, "chunk": "20 ms"}, "chunk='20 ms': must be a finite"),
    ({"streaming": True, "chunk": True}, "chunk=True: must be a finite"),
    ({"streaming": True, "samples": 0}, "samples=0: must be a whole number of at least 1"),
    ({"streaming": True, "samples": 1.5}, "samples=1.5: must be a whole number of at least 1"),
    ({"streaming": True, "num_samples": 16000}, "a stream has no fixed length"),
    ({"streaming": True, "precision": "fp16"}, "precision='fp16' with streaming=True"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_ARGUMENTS)
def test_bad_arguments(target: Path, arguments: dict[str, Any], message: str) -> None:
    for export, path in ((export_onnx, target.with_suffix(".onnx")), (export_torchscript, target)):
        with pytest.raises(ValueError, match=re.escape(message)):
            export(small_mel(), path, **arguments)


class Pooled(nn.Module):
    """A classifier: one answer for the whole signal."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = small_mel()

    def forward(self, audio: Tensor) -> Tensor:
        pooled: Tensor = self.mel(audio).mean(-1)
        return pooled


class TwoHops(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = STFT(sr=SR, n_fft=64, hop_length=32)
        self.b = STFT(sr=SR, n_fft=64, hop_length=16)

    def forward(self, audio: Tensor) -> tuple[Tensor, Tensor]:
        return self.a(audio), self.b(audio)


class Normalised(nn.Module):
    """Per utterance, so that a frame depends on those behind it."""

    def forward(self, mel: Tensor) -> Tensor:
        return mel / mel.mean(-1, keepdim=True)


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mel = small_mel()

    def forward(self, audio: Tensor) -> Tensor:
        both: Tensor = self.mel(audio) + self.mel(2 * audio)
        return both


REFUSED: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "top_db": (lambda: MFCC(sr=SR, n_fft=64, n_mels=8, n_mfcc=4), "top_db=None"),
    "griffin_lim": (lambda: GriffinLim(n_fft=64), "GriffinLim cannot stream"),
    "icqt": (lambda: ICQT(sr=SR, hop_length=64, fmin=1000.0, n_bins=12), "stream STFT and ISTFT"),
    "length": (lambda: ISTFT(sr=SR, n_fft=64, length=1000), "ISTFT cannot stream"),
    "pooled": (Pooled, "must work frame by frame: no pooling"),
    "two_hops": (TwoHops, "must agree in their frames"),
    "convolution": (
        lambda: nn.Sequential(small_mel(), nn.Conv1d(8, 4, 3)),
        "must work frame by frame",
    ),
    "padded_convolution": (
        lambda: nn.Sequential(small_mel(), nn.Conv1d(8, 4, 3, padding=1)),
        "must work frame by frame",
    ),
    "normalised": (lambda: nn.Sequential(small_mel(), Normalised()), "must work frame by frame"),
    "twice": (Twice, "calls one front end twice"),
    "no_front_end": (lambda: nn.Sequential(nn.Identity()), "needs a front end in the module"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_stream_is_refused_with_the_reason(target: Path, case: str) -> None:
    make, message = REFUSED[case]
    with pytest.raises((ValueError, ExportError), match=message):
        export_torchscript(make().eval(), target, streaming=True, samples=4)


@pytest.mark.parametrize(
    ("given", "chunk"),
    [({"chunk": 0.02}, 320), ({"chunk": 0.0125}, 224), ({"samples": 33}, 64), ({}, 32)],
)
def test_a_chunk_is_rounded_up_to_whole_hops_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, given: dict[str, float], chunk: int
) -> None:
    caplog.set_level(logging.INFO, logger="nnaudio_exporters")
    result = export_torchscript(small_mel(), tmp_path / "mel.pt", streaming=True, **given)  # type: ignore[arg-type]
    assert result.metadata.streaming is not None
    assert result.metadata.streaming.chunk == chunk
    said = [record.getMessage() for record in caplog.records if "a chunk of" in record.getMessage()]
    rounded = {224: "a chunk of 200 samples becomes 224, a multiple of 32"}
    rounded[64] = "a chunk of 33 samples becomes 64, a multiple of 32"
    assert said == ([rounded[chunk]] if chunk in rounded else [])


def test_a_batch_of_one_and_pcm(tmp_path: Path) -> None:
    layer = small_mel()
    audio = signals.noise(1000)
    pcm = (audio * 32768).astype(np.int16)
    with torch.inference_mode():
        expected = layer(torch.from_numpy(pcm.astype(np.float32) / 32768)[None]).numpy()
    for export, suffix in ((export_onnx, ".onnx"), (export_torchscript, ".pt")):
        path = tmp_path / f"mel{suffix}"
        export(layer, path, streaming=True, dynamic=False, input_dtype="int16")
        frontend = nnaudio_runtime.load(path, providers="cpu")
        with pytest.raises(ModelFileError, match="takes a batch of 1, not 2: export it with dynam"):
            frontend.stream(batch=2)
        with frontend.stream() as stream:
            pieces = [stream.push(block) for block in np.array_split(pcm, 7)]
            found = np.concatenate([*pieces, stream.flush()], -1)
        assert np.abs(found - expected).max() <= 1e-5 * expected.max()


SPEC = StreamSpec(
    chunk=320, hop=160, frame_length=400, pad=200, pad_mode="constant", lead=80, warmup=2,
    per_frame=3, trim=4, tail=-5, latency=200, state_size=240, present="present",
)  # fmt: skip
PROPERTIES = Metadata("Mel", streaming=SPEC).to_properties()


def test_metadata_comes_back() -> None:
    found = Metadata.from_properties(PROPERTIES)
    assert found is not None
    assert found.streaming == SPEC
    offline = Metadata.from_properties(Metadata("Mel").to_properties())
    assert offline is not None
    assert offline.streaming is None
