"""The ladder: what stands behind a front end decides how much its fast form may differ."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import nnaudio_runtime
import numpy as np
import pytest
import torch
from nnaudio_contract import FrontEnd, LayerSpec
from nnaudio_exporters.prepare.inputs import Input
from nnaudio_exporters.prepare.lowering_plan import ErrorBehind
from nnaudio_exporters.prepare.revealing_signals import revealing_signals
from torch import Tensor, nn

from nnaudio_export import CQT, MFCC, STFT, CQT1992v2, MelSpectrogram, export_onnx, lower

TOLERANCE = 1e-5  # of the output's scale, the ladder's own


class Apply(nn.Module):
    """A function of the user's, behind a front end."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def log(floor: float) -> nn.Module:
    return Apply(lambda x: torch.log(x + floor))


def cqt() -> CQT:
    return CQT(sr=8000, hop_length=128, fmin=55, n_bins=60, verbose=False)


def mel() -> MelSpectrogram:
    return MelSpectrogram(sr=8000, n_fft=512, hop_length=128, n_mels=20, verbose=False)


def off(found: nn.Module, module: nn.Module, x: Tensor) -> tuple[float, float]:
    """Errors of a form in float64, and of the module in float32."""
    with torch.no_grad():
        truth = copy.deepcopy(module).double()(x.double())
        errors = copy.deepcopy(found).double()(x.double()) - truth, module(x).double() - truth
    fast, own = (float(error.abs().max() / truth.abs().max()) for error in errors)
    return fast, own


@pytest.mark.parametrize(
    ("behind", "method"),
    [
        (nn.Identity(), "multirate (110 dB)"),
        (Apply(torch.log1p), "multirate (110 dB)"),
        (log(1e-1), "multirate (130 dB)"),
        (Apply(lambda x: x.pow(0.8)), "multirate (130 dB)"),
        # Here -180 dB count, which no decimator stops, and no end of a filter made of others.
        (log(1e-9), "grouped filters (6 octaves)"),
        (Apply(lambda x: x.pow(0.25)), "grouped filters (6 octaves)"),
    ],
)
def test_the_loosest_rung_that_nobody_notices(behind: nn.Module, method: str) -> None:
    module = nn.Sequential(cqt(), behind)
    fast, plan = lower(module)
    (part,) = plan.parts
    assert part.method.startswith(method)
    assert part.error <= part.row_error
    assert part.exact == method.startswith("grouped")
    assert plan.behind is not None
    assert plan.behind.error <= min(plan.behind.allowed, plan.error)
    assert str(plan.behind) in str(plan)
    model_input = Input(min_length=1)
    for name, x in revealing_signals(model_input, 9000).items():
        error, own = off(fast, module, x)
        assert error <= max(TOLERANCE, 4 * own), name


def test_a_front_end_alone_keeps_its_form() -> None:
    fast, plan = lower(cqt())
    assert plan.parts[0].method.startswith("multirate (110 dB) 9 bins at 1/1")
    assert str(plan).count("\n") == 0  # its own error says it all
    assert off(fast, cqt(), torch.rand(1, 9000) - 0.5)[0] <= TOLERANCE


@pytest.mark.parametrize("floor", [1e-10, 1e-6])
@pytest.mark.parametrize(
    "layer",
    [
        mel(),
        STFT(sr=8000, n_fft=512, hop_length=128, output_format="Magnitude", verbose=False),
        MFCC(sr=8000, n_fft=512, hop_length=128, verbose=False),
    ],
)
def test_a_split_transform_stays_behind_logarithms(layer: nn.Module, floor: float) -> None:
    """It differs by rounding only, and rounds like an FFT."""
    _, plan = lower(nn.Sequential(layer, Apply(torch.abs), log(floor)))
    assert plan.parts[0].method.startswith("Fourier")


class Branches(nn.Module):
    """Two front ends with an output each."""

    def __init__(self, first: nn.Module, second: nn.Module) -> None:
        super().__init__()
        self.first, self.second = first, second

    def forward(self, audio: Tensor) -> tuple[Tensor, Tensor]:
        return self.first(audio), self.second(audio)


def test_each_front_end_has_a_rung_of_its_own() -> None:
    """One that a logarithm follows does not hold the others up."""
    loud, faint = nn.Sequential(cqt(), log(1.0)), nn.Sequential(cqt(), log(1e-9))
    _, plan = lower(Branches(loud, faint))
    assert [part.name for part in plan.parts] == ["first.0", "second.0"]
    assert plan.parts[0].method.startswith("multirate (110 dB)")
    assert plan.parts[1].method.startswith("grouped filters")
    # Nor does one whose rounding a logarithm shows: that is no excuse for the other, and no fault.
    _, plan = lower(Branches(nn.Sequential(mel(), log(1e-9)), cqt()))
    assert plan.parts[0].method.startswith("Fourier")
    assert plan.parts[1].method.startswith("multirate (110 dB)")


def test_a_front_end_used_twice_is_one_part() -> None:
    shared = cqt()
    module = Branches(nn.Sequential(shared, log(1.0)), nn.Sequential(shared, log(1e-9)))
    fast, plan = lower(module)
    (part,) = plan.parts
    assert part.method.startswith("grouped filters")
    assert fast.get_submodule("first.0") is fast.get_submodule("second.0")


class Single(nn.Module):
    """A module that runs in float32 only."""

    def __init__(self, behind: nn.Module) -> None:
        super().__init__()
        self.layer = cqt()
        self.behind = behind

    def forward(self, audio: Tensor) -> Tensor:
        values = self.behind(self.layer(audio))
        return torch.matmul(torch.ones(1, values.shape[1]), values)


def test_a_module_of_float32_only() -> None:
    with pytest.raises(RuntimeError):
        Single(nn.Identity()).double()(torch.zeros(1, 4000).double())
    assert lower(Single(nn.Identity())).plan.parts[0].method.startswith("multirate (110 dB)")
    assert lower(Single(log(1e-9))).plan.parts[0].method.startswith("grouped filters")


class Smeared(nn.Module):
    """A form that lets a little of the sample before through, whatever it was asked for."""

    method = "smeared"

    def forward(self, audio: Tensor) -> Tensor:
        return 0.3 * audio + 1e-6 * torch.nn.functional.pad(audio, [1, 0])[:, :-1]


class Gain(FrontEnd):
    def forward(self, audio: Tensor) -> Tensor:
        return 0.3 * audio

    def lowered(self, tolerance: float) -> nn.Module:
        return Smeared()

    def describe(self) -> LayerSpec:
        return LayerSpec("Gain", {}, 8000, 1, 0, 1, "gained", output_axes=("batch", "samples"))


def test_where_no_form_is_close_enough_the_front_end_stays() -> None:
    assert lower(nn.Sequential(Gain(), nn.Identity())).plan.parts[0].method == "smeared"
    module = nn.Sequential(Gain(), Apply(lambda x: torch.log(x.abs() + 1e-9)))
    fast, plan = lower(module)
    assert plan.parts[0].method == "as it is"
    assert plan.error == 0
    x = torch.rand(1, 5000)
    assert torch.equal(fast(x), module(x))


def test_a_module_that_takes_one_length_only() -> None:
    class Fixed(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            if x.shape[-1] != 1 + 20000 // 128:
                raise ValueError("must have 157 frames")
            return torch.log(x + 1e-9)

    module = nn.Sequential(cqt(), Fixed())
    assert lower(module, num_samples=20000).plan.parts[0].method.startswith("grouped filters")
    _, plan = lower(module)
    assert plan.behind is None
    assert "what is behind was not measured" in str(plan)


def test_the_module_is_left_as_it_was() -> None:
    """Neither its weights nor its mode change, nor random numbers elsewhere."""
    module = nn.Sequential(cqt(), log(1e-1), nn.BatchNorm1d(60), nn.Dropout(0.5)).train()
    before, numbers = copy.deepcopy(module.state_dict()), torch.get_rng_state()
    fast, _ = lower(module)
    assert torch.equal(torch.get_rng_state(), numbers)
    assert all(part.training for part in fast.modules())
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name])
        assert torch.equal(value, fast.state_dict()[name])
    # Nothing is shared.
    weight = module[2].weight
    assert isinstance(weight, Tensor)
    assert weight.data_ptr() != fast.get_submodule("2").get_parameter("weight").data_ptr()


def test_silence_whose_logarithm_is_infinite() -> None:
    module = nn.Sequential(mel(), Apply(torch.log))
    assert lower(module).plan.parts[0].method.startswith("Fourier")


def test_an_error_in_words() -> None:
    behind = ErrorBehind("tone on a bin", 2e-6, 1e-5)
    assert str(behind) == "what is behind: error 2e-06, allowed 1e-05 (tone on a bin)"


N = 48000
TIME = np.arange(N) / 16000
NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, N)
LATE = TIME >= 1.5


def tone(frequency: float, level: float = 0.8) -> np.ndarray:
    return level * np.sin(2 * np.pi * frequency * TIME)


AUDIO = {
    "tone on a bin": tone(1000),
    "tone between bins": tone(1016.7),
    "low tone": tone(61.3),
    "tone above all bins": tone(6543),
    "silence, then noise": NOISE * LATE,
    "noise, then silence": NOISE * ~LATE,
    "silence, then a tone": tone(440) * LATE,
    "fading noise": NOISE * 10 ** (-2 * TIME),
    "fading tone": tone(523.3) * 10 ** (-2 * TIME),
    "voice": sum(tone(120 * k, 0.5 / k) for k in range(1, 40)),
    "loud and faint tone": tone(1000) + tone(3210, 0.8e-5),
    "clipped": np.clip(4 * NOISE, -1, 1),
    "beyond full scale": 5 * NOISE,
    "impulse": np.eye(1, N, N // 3)[0],
}


@pytest.fixture(scope="module")
def log_cqt(tmp_path_factory: pytest.TempPathFactory) -> tuple[nn.Module, nnaudio_runtime.Frontend]:
    layer = CQT1992v2(sr=16000, hop_length=256, fmin=32.7, n_bins=84, verbose=False)
    module = nn.Sequential(layer, log(1e-9))
    path: Path = tmp_path_factory.mktemp("ladder") / "log_cqt.onnx"
    result = export_onnx(module, path)
    assert "grouped filters (7 octaves)" in str(result)
    return module, nnaudio_runtime.load(path, providers="cpu")


@pytest.mark.parametrize("name", AUDIO)
def test_the_file_of_a_log_cqt_loses_what_float32_loses(
    name: str, log_cqt: tuple[nn.Module, nnaudio_runtime.Frontend]
) -> None:
    """Four times, at most, of what the module itself loses."""
    module, file = log_cqt
    x = torch.from_numpy(AUDIO[name].astype(np.float32))[None]
    with torch.no_grad():
        truth = copy.deepcopy(module).double()(x.double()).numpy()
        own = module(x).numpy()
    errors = np.abs([file(x.numpy()) - truth, own - truth]).max(axis=(1, 2, 3))
    found, own_error = errors / np.abs(truth).max()
    print(f"{name}: file {found:.1e}, module {own_error:.1e}")
    # A few units in the last place are no loss.
    assert found <= max(1e-6, 4 * own_error)
