"""Gradients are right, and finite where there is nothing to hear."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from layers.table import ROWS, Row
from torch import Tensor, nn
from torch.func import functional_call

from nnaudio_export import (
    CQT1992,
    CQT2010,
    ISTFT,
    MFCC,
    STFT,
    VQT,
    CQT2010v2,
    MelSpectrogram,
)

# PyTorch multiplies matrices in another order where it needs their gradients.
SAME = 5e-7

SMALL: dict[str, Any] = {"n_fft": 8, "hop_length": 3, "verbose": False}
SMALL_MEL: dict[str, Any] = SMALL | {"sr": 8000, "n_fft": 16, "n_mels": 3, "trainable_STFT": True}
SMALL_CQT: dict[str, Any] = {
    "sr": 800,
    "hop_length": 6,
    "fmin": 60,
    "n_bins": 4,
    "bins_per_octave": 2,
    "verbose": False,
}

SMALL_LAYERS: dict[str, nn.Module] = {
    **{
        f"STFT {output_format}": STFT(output_format=output_format, trainable=True, **SMALL)
        for output_format in ("Magnitude", "Complex", "Phase", "CosSin")
    },
    "STFT log": STFT(freq_scale="log", freq_bins=3, sr=22050, trainable=True, **SMALL),
    "ISTFT": ISTFT(trainable_kernels=True, trainable_window=True, **SMALL),
    **{
        f"MelSpectrogram power {power}": MelSpectrogram(
            power=power, trainable_mel=True, **SMALL_MEL
        )
        for power in (1.0, 2.0, 1.5)
    },
    "VQT": VQT(trainable=True, gamma=10, **SMALL_CQT),
    "CQT1992": CQT1992(trainable_STFT=True, trainable_CQT=True, **SMALL_CQT),
    "CQT2010": CQT2010(trainable_STFT=True, trainable_CQT=True, **SMALL_CQT),
    "CQT2010v2": CQT2010v2(trainable=True, **SMALL_CQT),
    "MFCC": MFCC(n_mfcc=2, trainable_mel=True, **SMALL_MEL),
}


@pytest.mark.parametrize("name", SMALL_LAYERS)
def test_gradcheck(name: str) -> None:
    """Against finite differences in float64, for the input and all trained weights at once."""
    layer = SMALL_LAYERS[name].double()
    weights = {key: value.detach().clone() for key, value in layer.named_parameters()}
    assert weights
    random = torch.Generator().manual_seed(3)
    shape = (2, 5, 4, 2) if isinstance(layer, ISTFT) else (2, 22)
    x = torch.randn(shape, generator=random, dtype=torch.float64)

    def run(x: Tensor, *values: Tensor) -> Tensor:
        result: Tensor = functional_call(layer, dict(zip(weights, values, strict=True)), (x,))
        # Phase jumps by a turn between pi and -pi: the circle does not.
        return torch.stack([result.cos(), result.sin()]) if name == "STFT Phase" else result

    leaves = [value.requires_grad_() for value in (x, *weights.values())]
    assert torch.autograd.gradcheck(run, leaves)


@pytest.mark.parametrize("signal", ["silence", "impulse", "dc", "quiet"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_gradients_are_finite(row: Row, signal: str) -> None:
    layer = row.make(**dict.fromkeys(row.trainable, True))
    length = layer.describe().min_length + (8 if row.bins else 900)
    x = torch.from_numpy(row.example(signal, length, 2)).requires_grad_()
    layer(x).square().sum().backward()
    gradients = {"input": x.grad} | {name: p.grad for name, p in layer.named_parameters()}
    assert (len(gradients) > 1) == bool(row.trainable)
    for name, gradient in gradients.items():
        assert gradient is not None, name
        assert torch.isfinite(gradient).all(), name


@pytest.mark.parametrize(
    ("row", "argument"),
    [
        pytest.param(row, argument, id=f"{row.id}-{argument}")
        for row in ROWS
        for argument in row.trainable
    ],
)
def test_trainable(row: Row, argument: str) -> None:
    """The parameters are those of the table, gradients reach them, the numbers stay the same."""
    layer = row.make(**{argument: True})
    assert tuple(name for name, _ in layer.named_parameters()) == row.trainable[argument]
    assert set(layer.state_dict()) == set(row.trainable[argument])
    items = row.example("noise", layer.describe().min_length + 9)
    output = layer(torch.from_numpy(items))
    fixed = row.make()(torch.from_numpy(items))
    assert row.error(output[0].detach().numpy(), fixed[0].numpy(), items[0]) <= SAME * row.magnifies
    weights = torch.rand(output.shape, generator=torch.Generator().manual_seed(1))
    (output * weights).sum().backward()
    for name, parameter in layer.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_fixed_layers_learn_nothing(row: Row) -> None:
    layer = row.make()
    assert list(layer.parameters()) == []
    assert layer.state_dict() == {}


def test_training_moves_the_kernels_and_lowers_the_loss(speech: np.ndarray[Any, Any]) -> None:
    layer = MelSpectrogram(
        sr=22050,
        n_fft=256,
        hop_length=128,
        n_mels=16,
        verbose=False,
        trainable_mel=True,
        trainable_STFT=True,
    )
    audio = torch.from_numpy(speech[20000:24000])[None]
    target = layer(audio).detach().roll(1, dims=1)
    before = {name: p.detach().clone() for name, p in layer.named_parameters()}
    optimizer = torch.optim.Adam(layer.parameters(), lr=1e-4)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(layer(audio), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]
    for name, parameter in layer.named_parameters():
        assert (parameter - before[name]).abs().max() > 1e-4, name
