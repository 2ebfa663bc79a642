"""Modules as users build them around a front end, good and bad."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from nnaudio_export import MelSpectrogram


def small_mel(**arguments: object) -> MelSpectrogram:
    settings = {"sr": 16000, "n_fft": 256, "hop_length": 128, "n_mels": 20, "verbose": False}
    return MelSpectrogram(**(settings | arguments))  # type: ignore[arg-type]


class LogMel(nn.Module):
    """A front end with the usual guard against silence, smaller than 1e-8."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = small_mel()

    def forward(self, audio: Tensor) -> Tensor:
        return torch.log(self.mel(audio) + 1e-9)


class TwoOutputs(nn.Module):
    """A dict of the features and an embedding at a slower rate."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = small_mel()
        self.conv = nn.Conv1d(20, 5, 9, stride=2)

    def forward(self, audio: Tensor) -> dict[str, Tensor]:
        mel = self.mel(audio)
        return {"mel": mel, "embedding": self.conv(mel)}


class WrongWhenFaint(nn.Module):
    """As a graph it gives something else below -94 dB, where no signal of the default proof is."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = small_mel()

    def forward(self, audio: Tensor) -> Tensor:
        mel: Tensor = self.mel(audio)
        faint = audio.abs().amax(-1)[:, None, None] < 2e-5
        wrong = torch.where(faint, 1.5 * mel, mel)
        if torch.jit.is_scripting():
            return wrong
        return wrong if torch.compiler.is_exporting() else mel


class ValueDependent(nn.Module):
    """Its path depends on the audio's values: no graph without control flow has it."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = small_mel()

    def forward(self, audio: Tensor) -> Tensor:
        mel: Tensor = self.mel(audio)
        if mel.sum() > 3:
            return mel
        return mel * 2


class ImportsInForward(nn.Module):
    """What TorchScript does not compile."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = small_mel()

    def forward(self, audio: Tensor) -> Tensor:
        import math

        return self.mel(audio) * math.pi


class Noisy(nn.Module):
    """Gives something else at every call."""

    def forward(self, audio: Tensor) -> Tensor:
        return audio + torch.rand_like(audio)


class Counting(nn.Module):
    """Changes its own state in forward."""

    calls: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, audio: Tensor) -> Tensor:
        self.calls += 1
        return audio * self.calls


class Remembering(nn.Module):
    """Keeps what it saw last and never reads it: made anew at every call, the same each time."""

    def __init__(self, remember: Callable[[Tensor], object]) -> None:
        super().__init__()
        self.remember = remember
        self.best_loss = math.nan

    def forward(self, audio: Tensor) -> Tensor:
        self.last = self.remember(audio)
        return audio * 2


def classifier() -> nn.Sequential:
    """Front end, logarithm, convolutions with pooling, a few classes."""
    torch.manual_seed(0)
    return nn.Sequential(
        LogMel(),
        nn.Unflatten(1, (1, 20)),
        nn.Conv2d(1, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(4),
        nn.Dropout(0.5),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 4),
    )
