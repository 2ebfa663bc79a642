"""nnAudio 0.3.4 and nnAudio2 2.0.3, both made to run on today's SciPy and PyTorch."""

from __future__ import annotations

import contextlib
import importlib
import io
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import numpy as np
import scipy.signal
import torch
from scipy.signal import windows
from signals import noise, recording
from torch import Tensor, nn

PACKAGES = ("nnAudio", "nnAudio2")


@contextmanager
def todays() -> Iterator[None]:
    """Where an anchor builds or runs: it prints, warns, and calls what has moved since.

    SciPy moved ``scipy.signal.blackmanharris`` to ``scipy.signal.windows``, PyTorch wants complex
    tensors of ``istft`` and gives them from ``stft``; both are named as they were, nothing else.
    """
    real_stft, real_istft = torch.stft, torch.istft

    def stft(*args: Any, **kwargs: Any) -> Tensor:
        kwargs["return_complex"] = True
        return torch.view_as_real(real_stft(*args, **kwargs))

    def istft(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return real_istft(torch.view_as_complex(x.contiguous()), *args, **kwargs)

    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(
            patch.object(scipy.signal, "blackmanharris", windows.blackmanharris, create=True)
        )
        stack.enter_context(patch.object(torch, "stft", stft))
        stack.enter_context(patch.object(torch, "istft", istft))
        stack.enter_context(patch.dict("os.environ", NNAUDIO_DISABLE_CITATION_REMINDER="1"))
        yield


def build(package: str, name: str, **arguments: Any) -> nn.Module:
    """A layer of an anchor."""
    with todays():
        features = importlib.import_module(f"{package}.features")
        layer: nn.Module = getattr(features, name)(**arguments)
    return layer


def run(layer: nn.Module, x: Tensor, **call: Any) -> tuple[Tensor, ...]:
    """What a layer of an anchor gives, as a tuple."""
    with todays(), torch.no_grad():
        found = layer(x, **call)
    return found if isinstance(found, tuple) else (found,)


def train(layer: nn.Module) -> None:
    """Moves every parameter by 1 % of its largest value, as training might."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in layer.parameters():
            step = torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)
            parameter.add_(0.01 * parameter.abs().max() * step)


def audio(samples: int) -> Tensor:
    """Noise and a piece of a recording, ``(2, samples)``."""
    piece = recording("guit_em9")[2000 : 2000 + samples]
    return torch.from_numpy(np.stack([noise(samples), piece]))


@dataclass(frozen=True)
class Case:
    """A layer of nnAudio.

    Attributes:
        layer: class name.
        arguments: of the constructor.
        trainable: those that make it trainable.
        call: arguments of the call, which the conversion takes too.
        packages: that can build it.
        input: audio of a length → what the layer takes.
        faulty: whether the conversion must warn, by package.
        tolerance: largest error relative to the output's maximum.
    """

    layer: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    trainable: Mapping[str, Any] = field(default_factory=dict)
    call: Mapping[str, Any] = field(default_factory=dict)
    packages: tuple[str, ...] = PACKAGES
    input: Callable[[int], Tensor] = audio
    faulty: tuple[str, ...] = ()
    tolerance: float = 1e-5

    def __str__(self) -> str:
        return "-".join([self.layer, *(f"{k}={v}" for k, v in self.arguments.items())])

    def build(self, package: str, *, trained: bool = False) -> nn.Module:
        """The anchor's layer."""
        layer = build(package, self.layer, **self.arguments, **(self.trainable if trained else {}))
        if trained:
            train(layer)
        return layer
