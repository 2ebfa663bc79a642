"""Streaming files, exported once for all tests of this folder."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import nnaudio_runtime
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nnaudio_export import (
    ISTFT,
    MFCC,
    STFT,
    VQT,
    CQT1992v2,
    CQT2010v2,
    Gammatonegram,
    InverseMel,
    MelSpectrogram,
    export_executorch,
    export_onnx,
    export_torchscript,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from nnaudio_runtime import Frontend
    from numpy.typing import NDArray

SR = 16000


class Log(nn.Module):
    """A head that works frame by frame."""

    def forward(self, power: Tensor) -> Tensor:
        return torch.log(power + 1e-3)


class Masked(nn.Module):
    """STFT → a mask by a convolution over one frame → ISTFT."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.stft = STFT(sr=SR, n_fft=256, hop_length=64, output_format="Complex")
        self.mask = nn.Sequential(nn.Conv1d(129, 129, 1), nn.Sigmoid())
        self.istft = ISTFT(sr=SR, n_fft=256, hop_length=64)

    def forward(self, audio: Tensor) -> Tensor:
        spectrum = self.stft(audio)
        mask = self.mask(spectrum.square().sum(-1))
        found: Tensor = self.istft(spectrum * mask.unsqueeze(-1))
        return found


class Case(NamedTuple):
    """A layer, and the chunk of its file."""

    layer: Callable[[], nn.Module]
    samples: int | None = None
    torchscript: bool = False
    executorch: bool = False


CASES = {
    "stft": Case(lambda: STFT(sr=SR, n_fft=256, hop_length=64, output_format="Complex")),
    "mel": Case(
        lambda: MelSpectrogram(sr=SR, n_fft=400, hop_length=160, n_mels=40), 320, True, True
    ),
    "mel_uncentred": Case(
        lambda: MelSpectrogram(sr=SR, n_fft=400, hop_length=160, n_mels=40, center=False)
    ),
    "stft_constant": Case(
        lambda: STFT(sr=SR, n_fft=256, hop_length=100, pad_mode="constant", output_format="Complex")
    ),
    "hop_beyond_frame": Case(lambda: STFT(sr=SR, n_fft=64, hop_length=150)),
    "mfcc": Case(lambda: MFCC(sr=SR, n_fft=400, hop_length=160, n_mels=40, n_mfcc=13, top_db=None)),
    "gammatone": Case(lambda: Gammatonegram(sr=SR, n_fft=256, hop_length=128, n_bins=16)),
    "cqt2010": Case(
        lambda: CQT2010v2(sr=SR, hop_length=64, fmin=500.0, n_bins=36, bins_per_octave=12),
        torchscript=True,
    ),
    "cqt1992": Case(
        lambda: CQT1992v2(sr=SR, hop_length=128, fmin=220.0, n_bins=48, bins_per_octave=12), 256
    ),
    "vqt": Case(lambda: VQT(sr=SR, hop_length=128, fmin=300.0, n_bins=36, gamma=20)),
    "istft": Case(lambda: ISTFT(sr=SR, n_fft=256, hop_length=64), 3, True, True),
    "inverse_mel": Case(lambda: InverseMel(sr=SR, n_fft=256, n_mels=20, n_iter=2), 4),
    "log_mel": Case(
        lambda: nn.Sequential(MelSpectrogram(sr=SR, n_fft=256, hop_length=128, n_mels=20), Log())
    ),
    "masked": Case(Masked, 128, True),
}


def one_worker(name: str, suffix: str = ".onnx") -> pytest.MarkDecorator:
    """Of all tests of a case's file, so that it is exported once, not once for each worker.

    One for all of ExecuTorch, which starts slowly.
    """
    return pytest.mark.xdist_group("executorch" if suffix == ".pte" else f"{name}{suffix}")


EXPORTS = {".onnx": export_onnx, ".pt": export_torchscript, ".pte": export_executorch}


class Exported(NamedTuple):
    """A streaming file that is loaded, and the layer it was made of."""

    layer: nn.Module
    frontend: Frontend

    def offline(self, signal: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the eager layer gives for whole signals, ``(batch, …)``."""
        with torch.inference_mode():
            found: NDArray[np.float32] = self.layer(torch.from_numpy(signal)).numpy()
        return found


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Exported]:
    """A case's file, ``.onnx``, ``.pt`` or ``.pte``."""
    folder = tmp_path_factory.mktemp("streams")

    @cache
    def export(name: str, suffix: str) -> Exported:
        case = CASES[name]
        layer = case.layer().eval()
        write = EXPORTS[suffix]
        result = write(layer, folder / f"{name}{suffix}", streaming=True, samples=case.samples)
        return Exported(layer, nnaudio_runtime.load(result.path, providers="cpu"))

    # The cache would take a default for another call than its value.
    return lambda name, suffix=".onnx": export(name, suffix)
