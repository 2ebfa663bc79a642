"""What people put behind a front end, and around it for training."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nnaudio_runtime
import numpy as np
import pytest
import torch
from nnaudio_exporters.prepare.exact_functions import expm1, log1p
from nnaudio_runtime import generated_signal
from support.modules import small_mel
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel

from nnaudio_export import ExportError, export_onnx


class Behind(nn.Module):
    """A network over the frames of a log mel spectrogram."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.mel = small_mel()
        self.net = net

    def forward(self, audio: Tensor) -> Any:
        return self.net(torch.log1p(100 * self.mel(audio)).mT)


class Transposed(nn.Module):
    """A recurrent layer that takes time first, with the states that it ends in."""

    def __init__(self, layer: nn.RNNBase) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        y, last = self.layer(x.transpose(0, 1))
        states = last if isinstance(last, tuple) else (last,)
        return y.transpose(0, 1), *(state.transpose(0, 1) for state in states)


class WithFirstState(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.GRU(20, 6, num_layers=2, batch_first=True)
        self.first = nn.Parameter(torch.linspace(-1, 1, 12).reshape(2, 1, 6))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layer(x, self.first.expand(2, x.shape[0], 6).contiguous())[0]
        return y


class Attention(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return functional.scaled_dot_product_attention(x, x, x)


def settled(net: nn.Module) -> nn.Module:
    torch.manual_seed(3)
    for parameter in net.parameters():
        nn.init.uniform_(parameter, -0.5, 0.5)
    return net.eval()


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "gru": lambda: Transposed(nn.GRU(20, 6)),
    "gru, two layers both ways": lambda: Transposed(nn.GRU(20, 6, 2, bidirectional=True)),
    "gru, without biases": lambda: Transposed(nn.GRU(20, 6, bias=False)),
    "gru, with a first state": WithFirstState,
    "lstm": lambda: Transposed(nn.LSTM(20, 6)),
    "lstm, both ways": lambda: Transposed(nn.LSTM(20, 6, 2, bidirectional=True)),
    "lstm, projected": lambda: Transposed(nn.LSTM(20, 6, 2, proj_size=3, bidirectional=True)),
    "rnn": lambda: Transposed(nn.RNN(20, 6)),
    "rnn, relu": lambda: Transposed(nn.RNN(20, 6, nonlinearity="relu")),
    "attention without heads": Attention,
    "attention": lambda: nn.TransformerEncoderLayer(20, 4, 16, batch_first=True),
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.filterwarnings("ignore:LSTM with projections")
def test_any_number_of_frames(name: str, tmp_path: Path) -> None:
    module = Behind(settled(NETWORKS[name]())).eval()
    export_onnx(module, tmp_path / "m.onnx", longest=30_000)
    frontend = nnaudio_runtime.load(tmp_path / "m.onnx")
    for batch, length in ((1, 129), (3, 1000), (2, 20_011)):
        x = generated_signal((batch, length), seed=batch)
        with torch.inference_mode():
            expected = module(torch.from_numpy(x))
        outputs = expected if isinstance(expected, tuple) else (expected,)
        found = frontend.run(x).values()
        for a, b in zip(outputs, found, strict=True):
            assert np.abs(a.numpy() - b).max() <= 1e-5 * a.abs().max()


class Anything(nn.Module):
    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.net(*args, **kwargs)


def old_weight_norm(net: Any) -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        nn.utils.weight_norm(net[1])
    return net


def compiled_part(net: Any) -> nn.Module:
    net[0] = torch.compile(net[0])
    return net


WRAPPERS: dict[str, Callable[[Any], Any]] = {
    "averaged": AveragedModel,
    "data parallel": nn.DataParallel,
    "compiled": torch.compile,
    "a compiled part": compiled_part,
    "any arguments": Anything,
    "weight norm": old_weight_norm,
    "weight norm as a parametrisation": lambda net: nn.Sequential(
        net[0], nn.utils.parametrizations.weight_norm(net[1])
    ),
}


@pytest.mark.parametrize("name", WRAPPERS)
@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
def test_what_is_wrapped_around_a_module(name: str, tmp_path: Path) -> None:
    net = nn.Sequential(small_mel(), nn.Conv1d(20, 4, 3))
    expected = net(torch.from_numpy(generated_signal((2, 3000), 5))).detach().numpy()
    result = export_onnx(WRAPPERS[name](net).eval(), tmp_path / "m.onnx")
    assert result.metadata.layer == "MelSpectrogram"
    assert result.plan.parts  # the front end is found, and lowered
    found = nnaudio_runtime.load(tmp_path / "m.onnx")(generated_signal((2, 3000), 5))
    assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()


def test_a_branch_on_values_is_named(tmp_path: Path) -> None:
    class Limited(nn.Module):
        def forward(self, audio: Tensor) -> Tensor:
            if audio.abs().max() > 1:
                return audio / audio.abs().max()
            return audio

    with pytest.raises(
        ExportError, match=r"depends on the values of its input \(test_networks\.py:\d+: if audio"
    ):
        export_onnx(Limited(), tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("function", "same"), [(log1p, np.log1p), (expm1, np.expm1)])
def test_functions_of_small_values(function: Any, same: Any) -> None:
    """Two roundings and one of the function itself: 3e-7."""
    signs = (1.0, -1.0)
    x = np.concatenate([sign * np.logspace(-30, -0.01, 2000) for sign in signs]).astype(np.float32)
    x = np.concatenate([x, np.logspace(0, 1.9, 100).astype(np.float32), [0.0]]).astype(np.float32)
    expected = same(x.astype(np.float64))
    found = function(torch.from_numpy(x)).numpy()
    assert (np.abs(found - expected) <= 3e-7 * np.abs(expected)).all()
    ends = torch.tensor([torch.inf, torch.nan])
    assert function(ends)[0] == torch.inf
    assert function(ends)[1].isnan()
