"""Layers that every runtime must compute: exported graphs, inputs and eager outputs."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from layers.table import ROWS
from nnaudio_runtime import from_pcm, generated_signal
from nnaudio_runtime.files.selftest import generated_pcm
from torch import Tensor, nn

from nnaudio_export import (
    CFP,
    CQT,
    CQT1992,
    CQT2010,
    ICQT,
    ISTFT,
    MFCC,
    STFT,
    VQT,
    CombinedFrequencyPeriodicity,
    CQT1992v2,
    CQT2010v2,
    Gammatonegram,
    GriffinLim,
    InverseMel,
    MelSpectrogram,
    export_executorch,
    export_onnx,
    export_torchscript,
)
from nnaudio_export.layers import LAYERS

# Relative to the largest value of an output: what an export proves of itself.
PARITY = 1e-5
FORMATS = ("onnx", "pt", "pte")
# Offline, streaming, of one level and of several, of spectra, PCM, two outputs, iterated.
FEW = ("mel", "pcm", "stft", "istft", "two", "cqt2010v2", "icqt")


class Two(nn.Module):
    """A model with two outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = MelSpectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=40)

    def forward(self, audio: Tensor) -> tuple[Tensor, Tensor]:
        mel = self.mel(audio)
        return mel, torch.log(mel + 1e-6)


@dataclass(frozen=True)
class Golden:
    """A layer that every engine must compute.

    Attributes:
        name: of its files.
        make: builds it.
        input: shape of what it is given.
        streams: whether it also streams; what cannot says why beside it.
        samples: a stream's chunk, in samples or frames; None: a hop.
        non_negative: it takes magnitudes.
        pcm: its files take 16-bit PCM; the input is saved as the audio that the samples stand for.
        formats: suffixes of its files. ExecuTorch's lowering takes six seconds: what differs from
            another row by an argument only does without.
        tolerance: largest error, with the reason where it is above :data:`PARITY`.
    """

    name: str
    make: Callable[[], nn.Module]
    input: tuple[int, ...] = (2, 8000)
    streams: bool = True
    samples: int | None = None
    non_negative: bool = False
    pcm: bool = False
    formats: tuple[str, ...] = FORMATS
    tolerance: float = PARITY


def mel() -> nn.Module:
    return MelSpectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=80)


def constant_q(layer: Callable[..., nn.Module]) -> Callable[[], nn.Module]:
    return lambda: layer(sr=8000, hop_length=128, fmin=400.0, n_bins=24, verbose=False)


SMALL_CFP: dict[str, Any] = {"fr": 20, "fs": 4000, "hop_length": 80, "window_size": 151}
GOLDEN = (
    Golden("mel", mel),
    Golden("pcm", mel, pcm=True),
    Golden("stft", lambda: STFT(n_fft=512, hop_length=128, output_format="Complex"), samples=500),
    Golden("istft", lambda: ISTFT(n_fft=256, hop_length=64), (2, 129, 20, 2)),
    Golden("two", Two),
    Golden(
        # With top_db it needs the loudest frame of all.
        "mfcc",
        lambda: MFCC(sr=16000, n_mfcc=20, n_fft=512, hop_length=160, n_mels=40),
        streams=False,
        formats=("onnx", "pt"),
    ),
    Golden(
        "mfcc_open",
        lambda: MFCC(sr=16000, n_mfcc=20, n_fft=512, hop_length=160, n_mels=40, top_db=None),
    ),
    Golden("gammatonegram", lambda: Gammatonegram(sr=16000, n_fft=512, hop_length=128, n_bins=32)),
    Golden(
        "cqt",
        lambda: CQT(sr=16000, hop_length=256, fmin=220, n_bins=36),
        formats=("onnx", "pt"),
    ),
    Golden("cqt1992", constant_q(CQT1992)),
    Golden("cqt1992v2", constant_q(CQT1992v2)),
    Golden("cqt2010", constant_q(CQT2010)),
    Golden("cqt2010v2", constant_q(CQT2010v2)),
    Golden("vqt", constant_q(VQT)),
    Golden("cfp", lambda: CFP(**SMALL_CFP), (2, 2000), formats=("onnx", "pt")),
    Golden("cfp_all", lambda: CombinedFrequencyPeriodicity(**SMALL_CFP), (2, 2000)),
    Golden(
        "inverse_mel",
        lambda: InverseMel(sr=16000, n_fft=256, n_mels=40, n_iter=4),
        (2, 40, 12),
        non_negative=True,
    ),
    # Both repeat over the whole signal.
    Golden(
        "griffin_lim",
        lambda: GriffinLim(n_fft=256, hop_length=64, n_iter=2),
        (2, 129, 20),
        streams=False,
        non_negative=True,
    ),
    Golden(
        "icqt",
        lambda: ICQT(sr=8000, hop_length=32, fmin=1000.0, n_bins=12, n_iter=3, verbose=False),
        (2, 12, 40, 2),
        streams=False,
    ),
)


def signal(golden: Golden) -> Tensor:
    values = generated_signal(golden.input, seed=3)
    if golden.pcm:
        values = from_pcm(generated_pcm(golden.input, seed=3))
    return torch.from_numpy(np.abs(values) if golden.non_negative else values)


def case(file: str, outputs: int, tolerance: float) -> dict[str, str]:
    """A line of the manifest."""
    stem = Path(file).stem
    return {
        "file": file,
        "input": f"{stem}.input.npy",
        "outputs": " ".join(f"{stem}.{k}.npy" for k in range(outputs)),
        "tolerance": f"{tolerance:g}",
    }


def export_golden(folder: Path, index: int, *, few: bool) -> list[dict[str, str]]:
    """Writes one layer's files; their lines of the manifest."""
    golden = goldens()[index]
    formats = ("onnx",) if few and golden.name not in FEW else golden.formats
    layer, given = golden.make().eval(), signal(golden)
    with torch.inference_mode():
        result = layer(given)
    outputs = result if isinstance(result, tuple) else (result,)
    cases = []
    for streaming in (False, True) if golden.streams else (False,):
        stem = golden.name + "_stream" * streaming
        np.save(folder / f"{stem}.input.npy", given.numpy())
        for k, output in enumerate(outputs):
            np.save(folder / f"{stem}.{k}.npy", np.ascontiguousarray(output.numpy()))
        for suffix in formats:
            file = folder / f"{stem}.{suffix}"
            export(golden, layer, file, streaming=streaming)
            cases.append(case(file.name, len(outputs), golden.tolerance))
    return cases


def export(golden: Golden, layer: nn.Module, file: Path, *, streaming: bool) -> None:
    """Writes one file."""
    options: dict[str, Any] = {"input_dtype": "int16" if golden.pcm else "float32"}
    if streaming:
        options |= {"streaming": True, "samples": golden.samples}
    if file.suffix == ".onnx":
        export_onnx(layer, file, **options)
    elif file.suffix == ".pt":
        export_torchscript(layer, file, **options)
    elif streaming:
        export_executorch(layer, file, **options)
    else:
        # Memory for what the tests give, and no more.
        longest = golden.input[1 if len(golden.input) == 2 else 2]
        export_executorch(layer, file, max_samples=longest, **options)


@cache
def goldens() -> tuple[Golden, ...]:
    """All of them: a layer without one of its own has the first row of the table of layers."""
    have = {type(golden.make()) for golden in GOLDEN}
    missing = [entry.name for entry in LAYERS if entry.load() not in have]
    if not missing:
        return GOLDEN
    rows = {type(row.make()).__name__: row for row in reversed(ROWS)}
    more = (
        Golden(name.lower(), rows[name].make, formats=("onnx", "pt"), tolerance=PARITY)
        for name in missing
    )
    return (*GOLDEN, *more)


def write(folder: Path, *, few: bool) -> list[dict[str, str]]:
    """Writes all files; their lines of the manifest."""
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        written = pool.map(partial(export_golden, folder, few=few), range(len(goldens())))
        return [case for cases in written for case in cases]
