"""What the conversion takes, refuses, warns about and repairs."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch
from nnaudio.anchors import audio, build, run, train
from nnaudio.cases import EARLY, QUIET, SHORT
from torch import Tensor, nn

from nnaudio_export import (
    CQT1992v2,
    MelSpectrogram,
    convert_nnaudio,
    export_onnx,
    features,
    from_nnaudio,
)

REPRODUCED = "The converted layer does the same; repair=True gives the right numbers"


class Model(nn.Module):
    """Two nnAudio layers, one of them deep inside and used twice."""

    def __init__(self) -> None:
        super().__init__()
        mel = build("nnAudio2", "MelSpectrogram", n_fft=256, n_mels=20, sr=8000, **QUIET)
        self.front = nn.ModuleDict({"mel": mel})
        self.again = nn.ModuleList([mel])
        self.cqt = build("nnAudio", "CQT1992v2", **SHORT, **QUIET)
        self.head = nn.Linear(20, 2)

    def forward(self, x: Tensor) -> Tensor:
        mel = self.head(self.front["mel"](x).mean(-1))
        power = self.cqt(x, output_format="Complex", normalization_type="wrap").square()
        return mel + power.mean(dim=(1, 2, 3)).unsqueeze(1) + self.again[0](x).mean((1, 2))[:, None]


def test_model(tmp_path: Any) -> None:
    theirs = Model().eval()
    before = {name: value.clone() for name, value in theirs.state_dict().items()}
    ours = convert_nnaudio(theirs)
    kinds = [type(module) for module in ours.modules()]
    assert kinds.count(MelSpectrogram) == 1  # what was shared is shared
    assert kinds.count(CQT1992v2) == 1
    assert not any("nnAudio" in kind.__module__ for kind in kinds)
    x = audio(4000)
    (expected,) = run(theirs, x)
    with torch.no_grad():
        assert (ours(x) - expected).abs().max() <= 1e-5 * expected.abs().max()
    # The original is as it was, and shares nothing.
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.zero_()
    assert list(before) == list(theirs.state_dict())
    assert all(torch.equal(before[name], value) for name, value in theirs.state_dict().items())
    result = export_onnx(convert_nnaudio(theirs), tmp_path / "model.onnx")
    assert result.parity.passed
    assert not result.cuda_fallbacks


def test_layer_as_model() -> None:
    layer = build("nnAudio2", "STFT", n_fft=64, **QUIET)
    assert type(convert_nnaudio(layer)).__name__ == "STFT"
    assert type(layer).__module__.startswith("nnAudio2")


def test_mode_and_precision_are_kept() -> None:
    layer = build("nnAudio2", "iSTFT", n_fft=64, trainable_window=True, **QUIET)
    assert layer.window_mask.dtype == torch.float64  # nnAudio's, beside float32 kernels
    ours = from_nnaudio(layer)
    assert {p.dtype for p in ours.parameters()} == {torch.float32}
    assert ours.training
    double = from_nnaudio(build("nnAudio2", "STFT", n_fft=64, **QUIET).double().eval())
    assert double(torch.zeros(1, 100, dtype=torch.float64)).dtype == torch.float64
    assert not double.training


@pytest.mark.parametrize(
    ("layer", "arguments", "named"),
    [
        ("CQT2010v2", {**SHORT, "output_format": "Complex"}, "lags half a sample"),
        ("CQT2010v2", EARLY, "early downsampling by 16 makes magnitudes sqrt(16) times too large"),
        ("CQT2010", EARLY, "early downsampling by 16 makes magnitudes sqrt(16) times too small"),
        ("CQT2010", {**SHORT, "output_format": "Complex"}, "the opposite sign"),
        ("VQT", {**EARLY, "gamma": 20}, "run after early downsampling by 16"),
        ("VQT", {**SHORT, "gamma": 5, "hop_length": 150}, "octaves are stretched in time"),
        ("VQT", {**SHORT, "gamma": 5, "trainable": True}, "made no parameters"),
        ("CQT1992", {**SHORT, "output_format": "Phase"}, "the conjugate of its Complex"),
    ],
)
def test_fault_is_named(layer: str, arguments: dict[str, Any], named: str) -> None:
    theirs = build("nnAudio2", layer, **arguments)
    with pytest.warns(UserWarning, match=re.escape(named)) as caught:
        from_nnaudio(theirs)
    assert len(caught) == 1
    assert REPRODUCED in str(caught[0].message)
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match=re.escape(named)):
        from_nnaudio(theirs.state_dict(), layer=layer, **arguments)


@pytest.mark.parametrize(
    ("layer", "arguments", "named"),
    [
        ("CQT2010v2", {**SHORT, **QUIET, "window": "hamming"}, "window='hamming' is without"),
        ("VQT", {**SHORT, **QUIET, "gamma": 5, "fmax": 1500}, "fmax=1500 is without effect"),
        ("MFCC", {"n_fft": 256, "n_mels": 20, "norm": None, **QUIET}, "norm=None is without"),
    ],
)
def test_ignored_argument_is_named(layer: str, arguments: dict[str, Any], named: str) -> None:
    """A live layer has forgotten it; the arguments of a state dict have not."""
    theirs = build("nnAudio2", layer, **arguments)
    with pytest.warns(UserWarning, match=re.escape(named)):
        ours = from_nnaudio(theirs.state_dict(), layer=layer, **arguments)
    x = audio(4000)
    (expected,) = run(theirs, x)
    assert (ours(x) - expected).abs().max() <= 1e-5 * expected.abs().max()


@pytest.mark.parametrize("layer", ["CQT2010", "CQT2010v2", "VQT"])
@pytest.mark.parametrize("hop_length", [128, 150])
def test_repair_of_octaves(layer: str, hop_length: int) -> None:
    """The numbers of our own layer, which is exact; trained kernels go, and the warning says so."""
    own: dict[str, Any] = {"gamma": 5} if layer == "VQT" else {}
    flag = {"CQT2010": "trainable_CQT"}.get(layer, "trainable")
    arguments = {**SHORT, **QUIET, **own, "hop_length": hop_length, "output_format": "Complex"}
    trainable = {**arguments, flag: True}
    lost = "does the same|does not.$" if layer == "VQT" else "Trained kernels were dropped"
    x = audio(6000)
    for package in ("nnAudio", "nnAudio2"):
        theirs = build(package, layer, **trainable)
        with pytest.warns(UserWarning, match=lost):
            live = from_nnaudio(theirs, repair=True)
        with pytest.warns(UserWarning, match=lost):
            state = from_nnaudio(theirs.state_dict(), layer=layer, repair=True, **trainable)
        assert type(live) is type(state) is getattr(features, layer)
        expected = getattr(features, layer)(**arguments)(x)
        for found in (live, state):
            with torch.no_grad():
                assert torch.equal(found(x), expected)


def test_repair_of_a_phase_keeps_the_kernels() -> None:
    theirs = build("nnAudio2", "CQT1992", **SHORT, output_format="Phase", trainable_CQT=True)
    train(theirs)
    with pytest.warns(UserWarning, match="does not"):
        ours = from_nnaudio(theirs, repair=True, sr=8000)
    assert len(list(ours.parameters())) == 2
    x = audio(4000)
    (spectrum,) = run(theirs, x, output_format="Complex")
    magnitude = spectrum.square().sum(-1, keepdim=True).sqrt()
    with torch.no_grad():
        assert (ours(x) * magnitude - spectrum).abs().max() <= 1e-5 * magnitude.max()


def test_repair_of_icqt() -> None:
    """The inverse of nnAudio's CQT1992v2, of which ours would be another."""
    arguments = {**SHORT, **QUIET, "n_bins": 40, "hop_length": 32}
    forward = build("nnAudio2", "CQT1992v2", **arguments, output_format="Complex")
    theirs = build("nnAudio2", "iCQT", **arguments, n_iter=4)
    band = torch.fft.rfft(audio(8001)[:1])
    band[:, :350], band[:, 1500:] = 0, 0  # 350 ... 1500 Hz, well within the bins
    x = torch.fft.irfft(band, 8001)
    (spectrum,) = run(forward, x)
    with pytest.warns(UserWarning, match="does not"):
        ours = from_nnaudio(theirs, repair=True)
    errors = [
        float((found - x)[:, 1000:-1000].square().mean())
        for found in (run(theirs, spectrum, length=8001)[0], ours(spectrum, length=8001))
    ]
    power = float(x[:, 1000:-1000].square().mean())
    # Four of nnAudio's steps are not enough; ours, of another kind, always are.
    assert 10 * np.log10(power / errors[0]) < 40
    assert 10 * np.log10(power / errors[1]) > 70


def test_griffin_lim_has_no_numbers_to_keep() -> None:
    """A random start: what can be compared is how well the magnitudes are met."""
    settings: dict[str, Any] = {
        "n_fft": 256,
        "hop_length": 50,
        "win_length": 200,
        "window": "hamming",
    }
    stft = features.STFT(
        **settings,
        output_format="Magnitude",
        verbose=False,
    )
    magnitude = stft(audio(5000))
    theirs = build("nnAudio2", "Griffin_Lim", **settings)
    with pytest.warns(UserWarning, match="random phases"):
        live = from_nnaudio(theirs)
    with pytest.warns(UserWarning, match="random phases"):
        state = from_nnaudio({}, layer="Griffin_Lim", **settings)
    for name, value in settings.items():
        assert live.config[name] == state.config[name] == value
    torch.manual_seed(0)
    found = [run(theirs, magnitude)[0], live(magnitude), state(magnitude)]
    assert torch.equal(found[1], found[2])
    errors = [float((stft(one) - magnitude).norm() / magnitude.norm()) for one in found]
    assert errors[1] <= 1.05 * errors[0]  # 1.05: chance decides theirs


def test_repair_of_mfcc() -> None:
    arguments = {"n_fft": 256, "n_mels": 20, "norm": None, **QUIET}
    state = build("nnAudio2", "MFCC", **arguments).state_dict()
    with pytest.warns(UserWarning, match="does not"):
        ours = from_nnaudio(state, layer="MFCC", repair=True, **arguments)
    from nnaudio_export import MFCC

    x = audio(4000)
    expected = MFCC(**arguments)(x)
    assert (ours(x) - expected).abs().max() <= 1e-5 * expected.abs().max()


def test_repair_without_a_fault_changes_nothing() -> None:
    theirs = build("nnAudio2", "STFT", n_fft=64, **QUIET)
    x = audio(1000)
    assert torch.equal(from_nnaudio(theirs, repair=True)(x), from_nnaudio(theirs)(x))


def test_call_arguments_work_as_in_nnaudio() -> None:
    theirs = build("nnAudio2", "CQT2010v2", **SHORT, **QUIET)
    with pytest.warns(UserWarning, match=re.escape(REPRODUCED)):
        ours = from_nnaudio(theirs)
    x = audio(4000)
    for output in ("Magnitude", "Complex", "Phase"):
        for kind in ("librosa", "convolutional", "wrap"):
            (expected,) = run(theirs, x, output_format=output, normalization_type=kind)
            found = ours(x, output_format=output, normalization_type=kind)
            assert found.shape == expected.shape
            if output != "Phase":
                assert (found - expected).abs().max() <= 1e-5 * expected.abs().max()
    trainable = from_nnaudio(build("nnAudio2", "STFT", n_fft=64, trainable=True, **QUIET))
    silent = trainable(torch.zeros(1, 64), output_format="Magnitude")
    assert silent.max().item() == pytest.approx(1e-4)


def test_a_live_layer_gives_its_arguments() -> None:
    theirs = build("nnAudio2", "CQT1992v2", sr=44100, n_bins=24, filter_scale=0.7, fmin=440)
    config = from_nnaudio(theirs).config
    assert (config["sr"], config["filter_scale"], config["n_bins"]) == (44100, 0.7, 24)


def test_a_rate_that_training_hid_is_asked_for() -> None:
    theirs = build("nnAudio2", "CQT1992v2", **{**SHORT, "sr": 9000}, trainable=True, **QUIET)
    train(theirs)
    with pytest.raises(ValueError, match=r"does not keep sr; pass sr=\.\.\."):
        from_nnaudio(theirs)
    assert from_nnaudio(theirs, sr=9000).config["sr"] == 9000
    with pytest.raises(ValueError, match=r"cqt: CQT1992v2: nnAudio's layer does not keep sr"):
        convert_nnaudio(nn.ModuleDict({"cqt": theirs}))


def _stft() -> nn.Module:
    return build("nnAudio2", "STFT", n_fft=64, **QUIET)


def test_refusals() -> None:
    state = _stft().state_dict()
    with pytest.raises(ValueError, match=r"Linear is no layer of nnAudio.*must be one of STFT, i"):
        from_nnaudio(nn.Linear(2, 2))
    with pytest.raises(TypeError, match="obj is a str: must be an nnAudio layer or its state dict"):
        from_nnaudio("checkpoint.pt")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="layer=None: must name the class of the state dict"):
        from_nnaudio(state)
    with pytest.raises(ValueError, match=r"layer='CQT84': must name the class.*iCQT"):
        from_nnaudio(state, layer="CQT84")
    with pytest.raises(ValueError, match=r"n_ftt=64: nnAudio's STFT takes n_fft, win_length"):
        from_nnaudio(state, layer="STFT", n_ftt=64)
    with pytest.raises(ValueError, match="n_fft=128: the layer has 64"):
        from_nnaudio(_stft(), n_fft=128)
    with pytest.raises(ValueError, match="layer='MFCC': the layer is a STFT"):
        from_nnaudio(_stft(), layer="MFCC")
    with pytest.raises(ValueError, match="Linear holds no layer of nnAudio"):
        convert_nnaudio(nn.Linear(2, 2))


def test_state_dict_that_does_not_fit() -> None:
    state = _stft().state_dict()
    missing = {name: value for name, value in state.items() if name != "wsin"}
    with pytest.raises(ValueError, match="the state dict has no wsin: must hold exactly wsin, wc"):
        from_nnaudio(missing, layer="STFT", n_fft=64)
    with pytest.raises(ValueError, match=r"has classifier\.weight, which STFT does not have"):
        from_nnaudio({**state, "classifier.weight": torch.ones(1)}, layer="STFT", n_fft=64)
    prefixed = {f"frontend.{name}": value for name, value in state.items()}
    with pytest.raises(ValueError, match="cut the prefix off"):
        from_nnaudio(prefixed, layer="STFT", n_fft=64)
    with pytest.raises(ValueError, match=r"wsin has shape \(33, 1, 64\): must be \(65, 1, 128\)"):
        from_nnaudio(state, layer="STFT", n_fft=128)


def test_hop_on_which_nnaudio_fails() -> None:
    theirs = build("nnAudio2", "CQT2010v2", **{**SHORT, "hop_length": 150}, **QUIET)
    with pytest.raises(RuntimeError, match="Sizes of tensors must match"):
        run(theirs, audio(8000))
    with pytest.raises(ValueError, match=r"hop_length=150: .* multiples of 4 only"):
        from_nnaudio(theirs)


def test_own_subclass() -> None:
    base = type(_stft())

    class Renamed(base):  # type: ignore[misc, valid-type]
        pass

    class Changed(base):  # type: ignore[misc, valid-type]
        def forward(self, x: Tensor) -> Tensor:
            return torch.log(super().forward(x))

    from nnaudio.anchors import todays

    with todays():
        renamed, changed = Renamed(n_fft=64), Changed(n_fft=64)
    assert type(from_nnaudio(renamed)).__name__ == "STFT"
    with pytest.raises(ValueError, match="Changed overrides the forward of nnAudio's STFT"):
        from_nnaudio(changed)
