"""A block that stands in no file of ours is lowered, exported and streamed between ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nnaudio_runtime
import numpy as np
import pytest
import torch
from nnaudio_contract import Block as BlockBase
from nnaudio_contract import (
    Demand,
    Description,
    FastForm,
    Flow,
    FrontEnd,
    LayerSpec,
    SelectRows,
    StateError,
    StreamingForm,
    StreamPlan,
    StreamState,
    lowered_chain,
    streamed_chain,
)
from nnaudio_runtime import generated_signal
from torch import Tensor, nn

from nnaudio_export import STFT, MelSpectrogram, export_onnx, export_torchscript, lower
from nnaudio_export.fast.banded_projection import MatrixProduct
from nnaudio_export.fast.split_dft.split_bank import SplitBank


class WeightedDelta(BlockBase):
    """``y[k, t] = gain[k] * (x[k, t] - x[k, t - 1])``, with ``x[k, -1] = 0``."""

    gain: Tensor

    def __init__(self, gain: Tensor) -> None:
        super().__init__()
        self.register_buffer("gain", gain)

    def forward(self, x: Tensor) -> Tensor:
        before = nn.functional.pad(x, [1, 0])[:, :, :-1]
        return (x - before) * self.gain[:, None]

    def reads(self, behind: Demand) -> Demand:
        return behind

    def fast_form(self, given: Description, read: Demand, tolerance: float) -> FastForm:
        if given.order is None:
            return FastForm([self], given)
        rows = torch.zeros(given.order.rows)
        rows[list(given.order.row_of)] = self.gain[: len(given.order.row_of)]
        return FastForm([WeightedDelta(rows)], given)

    def streaming_form(self, flow: Flow, plan: StreamPlan) -> StreamingForm:
        form = StreamedDelta(self, plan.state)
        return StreamingForm([*flow.separated(plan), form], Flow(flow.timing))


class StreamedDelta(nn.Module):
    """Keeps the last frame; frames of the warm-up do not exist and count as silent."""

    def __init__(self, block: WeightedDelta, state: StreamState) -> None:
        super().__init__()
        self.gain = block.gain
        self.state = state
        self.part = state.reserve(len(block.gain))
        state.reads_present = True

    def forward(self, x: Tensor) -> Tensor:
        x = x * self.state.present.unsqueeze(1)
        before = torch.cat([self.state.read(self.part).unsqueeze(2), x[:, :, :-1]], dim=2)
        self.state.write(self.part, x[:, :, -1])
        return (x - before) * self.gain[:, None]


class Doubled(nn.Module):
    """No block: a plain module, of which nothing is known."""

    def forward(self, x: Tensor) -> Tensor:
        return x * 2.0


class DeltaMel(FrontEnd):
    """Our blocks, with theirs between the head and the filters, and a plain module at the end."""

    def __init__(self, power: float = 2.0) -> None:
        super().__init__()
        self.inner = MelSpectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=40, power=power)
        self.delta = WeightedDelta(torch.linspace(0.5, 1.5, 201))
        self.last = Doubled()

    def forward(self, audio: Tensor) -> Tensor:
        return self.last(self.inner.mel(self.delta(self.inner.stft(audio))))

    def chain(self) -> list[nn.Module]:
        return [*self.inner.stft.chain(), self.delta, self.inner.mel, self.last]

    def describe(self) -> LayerSpec:
        return LayerSpec(
            layer="DeltaMel",
            config={},
            sample_rate=16000,
            hop_length=160,
            frame_offset=0,
            min_length=201,
            output_name="delta",
            output_axes=("batch", "mels", "frames"),
        )


class Model(nn.Module):
    """Two of its kind deep inside a model are front ends, too."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = DeltaMel(), DeltaMel(power=1.0)

    def forward(self, audio: Tensor) -> Tensor:
        return self.first(audio) + self.second(audio)


def audio(samples: int, batch: int = 2) -> Tensor:
    return torch.from_numpy(generated_signal((batch, samples), seed=5))


# The fast forms round differently: 1e-6 of what the difference is taken of, which is larger.
CLOSE: dict[str, Any] = {"rtol": 0.0, "atol": 2e-5}


@pytest.mark.parametrize("power", [1.0, 2.0, 3.0])
def test_it_is_lowered_with_the_blocks_around_it(power: float) -> None:
    layer = DeltaMel(power)
    fast, plan = lower(layer)
    kinds = {type(module) for module in fast.modules()}
    assert {SplitBank, WeightedDelta, MatrixProduct} <= kinds, plan
    # Every block took the rows as they lay: none had to be picked in between.
    blocks = list(fast.get_submodule("blocks").children())
    assert not any(isinstance(block, SelectRows) for block in blocks)
    x = audio(4000)
    expected = layer(x)
    torch.testing.assert_close(fast(x) / expected.max(), expected / expected.max(), **CLOSE)


def test_a_plain_module_gets_the_standard_order() -> None:
    stft = STFT(n_fft=400, hop_length=160, output_format="Magnitude")
    chain = [*stft.chain()[:-1], nn.Flatten(1, 1), stft.head]
    fast = lowered_chain(chain, 1e-5)
    assert fast is not None
    assert any(isinstance(module, SelectRows) for module in fast)
    x = audio(2000)
    torch.testing.assert_close(nn.Sequential(*fast)(x), stft(x), rtol=0, atol=1e-4)
    assert lowered_chain([nn.Flatten(1, 1), stft.head], 1e-5) is None


@pytest.mark.parametrize("kind", [DeltaMel, Model])
@pytest.mark.parametrize("lowered", [True, False])
def test_it_is_exported(kind: type[nn.Module], lowered: bool, tmp_path: Path) -> None:
    layer = kind()
    path = tmp_path / "own.onnx"
    result = export_onnx(layer, path, lower=lowered)
    assert result.parity.passed
    assert ("Fourier" in str(result.plan)) == lowered
    x = audio(5000)
    found = nnaudio_runtime.load(path)(x.numpy())
    expected = layer(x).numpy()
    np.testing.assert_allclose(found / expected.max(), expected / expected.max(), **CLOSE)


@pytest.mark.parametrize("dynamic", [True, False])
@pytest.mark.parametrize("lowered", [True, False])
@pytest.mark.parametrize("suffix", [".onnx", ".pt"])
def test_it_streams(suffix: str, lowered: bool, dynamic: bool, tmp_path: Path) -> None:
    """Also where the frames of all signals were merged before it."""
    layer = DeltaMel()
    path = tmp_path / f"own{suffix}"
    export = export_onnx if suffix == ".onnx" else export_torchscript
    export(layer, path, streaming=True, chunk=0.03, dynamic=dynamic, lower=lowered)
    x = audio(6000, batch=2 if dynamic else 1)
    expected = layer(x).numpy()
    frontend = nnaudio_runtime.load(path)
    with frontend.stream(batch=len(x)) if dynamic else frontend.stream() as stream:
        parts = [stream.push(block) for block in x.numpy().reshape(len(x), -1, 500).swapaxes(0, 1)]
        parts.append(stream.flush())
    found = np.concatenate(parts, axis=2)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found / expected.max(), expected / expected.max(), **CLOSE)


def test_a_state_that_is_written_twice_or_never_is_refused() -> None:
    layer = DeltaMel()
    state = StreamState()
    part = streamed_chain(layer.describe(), layer.chain(), state, frames=2)
    state.start(torch.zeros(1, state.size), torch.ones(1, 2))
    with pytest.raises(StateError, match="does not call"):
        state.finish()
    part.module(audio(320, batch=1))
    with pytest.raises(StateError, match="calls one front end twice"):
        part.module(audio(320, batch=1))
