"""What somebody adds to a front end is in the file, or the export says why it cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nnaudio_runtime
import numpy as np
import pytest
import torch
from nnaudio_contract import added_to
from nnaudio_runtime import generated_signal
from torch import Tensor, nn

from nnaudio_export import CFP, ICQT, STFT, GriffinLim, MelSpectrogram, export_onnx, lower
from nnaudio_export.blocks.heads import Magnitude
from nnaudio_export.layers import LAYERS, Entry

# With noise, so that no bin is so quiet that a root or a logarithm shows rounding.
NOISE = torch.from_numpy(generated_signal((1, 4000), seed=3))
LOUD = 2.5 * torch.sin(torch.arange(4000) * 0.2)[None] + 0.2 * NOISE


class Clipped(MelSpectrogram):
    def forward(self, audio: Tensor) -> Tensor:
        return super().forward(audio.clamp(-1.2, 1.2))


class CalledClipped(MelSpectrogram):
    def __call__(self, audio: Tensor) -> Tensor:
        result: Tensor = super().__call__(audio.clamp(-1.2, 1.2))
        return result


class ClippedCFP(CFP):
    def forward(self, audio: Tensor) -> Tensor:
        return super().forward(audio.clamp(-0.1, 0.1))


class RootedMagnitude(Magnitude):
    def forward(self, spectrum: Tensor) -> Tensor:
        return super().forward(spectrum).sqrt()


def small(kind: type[MelSpectrogram] = MelSpectrogram) -> MelSpectrogram:
    return kind(sr=16000, n_fft=400, hop_length=160, n_mels=40)


def hooked() -> nn.Module:
    mel = small()
    mel.register_forward_hook(lambda module, given, output: output.clamp(max=60.0))
    return nn.Sequential(mel)


def hooked_inside() -> nn.Module:
    mel = small()
    mel.stft.bank.register_forward_hook(lambda module, given, output: output.clamp(-5.0, 5.0))
    return mel


def pre_hooked() -> nn.Module:
    mel = small()
    mel.register_forward_pre_hook(lambda module, given: (given[0] * 0.5,))
    return mel


def replaced() -> nn.Module:
    mel = small()
    whole = mel.forward
    mel.forward = lambda audio: whole(audio) + 1.0  # type: ignore[method-assign]
    return nn.Sequential(mel)


def another_head() -> nn.Module:
    stft = STFT(n_fft=400, hop_length=160, output_format="Magnitude")
    stft.head = RootedMagnitude()
    return stft


def another_stft() -> nn.Module:
    mel = small()

    class Louder(STFT):
        def forward(self, audio: Tensor) -> Tensor:
            return 2 * super().forward(audio)

    mel.stft.__class__ = Louder
    return mel


class ReachesIn(nn.Module):
    """Uses a part of the layer, past its forward."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = small()

    def forward(self, audio: Tensor) -> Tensor:
        return torch.cat([self.mel.stft(audio), self.mel(audio)], dim=1)


MODELS = [
    lambda: small(Clipped),
    lambda: nn.Sequential(small(Clipped)),
    lambda: small(CalledClipped),
    lambda: ClippedCFP(fr=20, fs=4000, hop_length=80, window_size=151),
    hooked,
    hooked_inside,
    pre_hooked,
    replaced,
    another_head,
    another_stft,
    ReachesIn,
]


@pytest.mark.parametrize("make", MODELS)
def test_lowering_keeps_what_is_the_users(make: type[nn.Module]) -> None:
    module = make().eval()
    fast = lower(module).module.double()
    with torch.inference_mode():
        expected = module.double()(LOUD.double())
        error = (fast(LOUD.double()) - expected).abs().max()
    assert float(error) <= 1e-5 * float(expected.abs().max())


@pytest.mark.parametrize("make", [hooked, hooked_inside, lambda: small(Clipped), ReachesIn])
def test_it_is_in_the_file(make: type[nn.Module], tmp_path: Path) -> None:
    module = make().eval()
    export_onnx(module, tmp_path / "own.onnx")
    found = nnaudio_runtime.load(tmp_path / "own.onnx")(LOUD.numpy())
    with torch.inference_mode():
        expected = module(LOUD).numpy()
    assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize("make", [hooked, hooked_inside, lambda: small(Clipped)])
def test_a_stream_that_would_leave_it_out_is_refused(make: type[nn.Module], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cannot stream: .*(hook|Clipped has a forward)"):
        export_onnx(make().eval(), tmp_path / "own.onnx", streaming=True)
    assert list(tmp_path.iterdir()) == []


def test_inner_parts_that_are_untouched_are_lowered_all_the_same() -> None:
    fast, plan = lower(hooked())
    assert "Fourier" in str(plan), plan
    assert added_to(fast[0], "lowered", "chain") == "it has a forward hook"  # type: ignore[index]


@pytest.mark.parametrize("entry", LAYERS, ids=lambda entry: entry.name)
def test_our_layers_own_their_forms(entry: Entry) -> None:
    special: dict[str, Any] = {
        "GriffinLim": lambda: GriffinLim(n_fft=256),
        "ICQT": lambda: ICQT(hop_length=32, fmin=440.0, n_bins=12),
    }
    kind: Any = special.get(entry.name, entry.load())
    layer: nn.Module = kind()
    assert added_to(layer, "lowered", "chain") == ""
    assert added_to(layer, "streamed", "chain") == ""
