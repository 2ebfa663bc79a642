"""Faults that nnAudio's constant-Q family has: each test shows the right value instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nnaudio_runtime
import numpy as np
import pytest
import torch
from signals import noise

from nnaudio_export import CQT, CQT1992, CQT2010, VQT, CQT1992v2, CQT2010v2, export_onnx
from nnaudio_export.kernels.lowpass import half_band

if TYPE_CHECKING:
    from pathlib import Path

SR = 8000
# Five octaves; the highest bin, 1888 Hz, leaves no room for an early halving.
SMALL: dict[str, Any] = {"sr": SR, "hop_length": 128, "fmin": 62.5, "n_bins": 60, "verbose": False}
FAMILY: dict[str, Any] = {
    "CQT": CQT,
    "CQT1992": CQT1992,
    "CQT1992v2": CQT1992v2,
    "CQT2010": CQT2010,
    "CQT2010v2": CQT2010v2,
    "VQT": VQT,
}
BY_OCTAVES = ("CQT2010", "CQT2010v2")
# Of the maximum. The low-passes let 1e-5 through, and five of them follow each other.
CLOSE = 1e-4


def spectrum(layer: Any, audio: torch.Tensor) -> np.ndarray[Any, np.dtype[np.complex128]]:
    pairs = layer(audio, output_format="Complex")[0].detach().double().numpy()
    return np.asarray(pairs[..., 0] + 1j * pairs[..., 1])


def difference(layer: Any, exact: Any, audio: torch.Tensor) -> float:
    found, expected = spectrum(layer, audio), spectrum(exact, audio)
    assert found.shape == expected.shape
    return float(abs(found - expected).max() / abs(expected).max())


@pytest.fixture
def audio() -> torch.Tensor:
    return torch.from_numpy(noise(9001))


@pytest.mark.parametrize("name", BY_OCTAVES)
@pytest.mark.parametrize("norm", [1, 2])
@pytest.mark.parametrize("n_bins", [20, 36, 48])
def test_early_downsampling_keeps_the_gain(
    name: str, norm: int, n_bins: int, audio: torch.Tensor
) -> None:
    """nnAudio is off by the root of the factor; for a sine of 1, "wrap" must give 1."""
    arguments: dict[str, Any] = SMALL | {"n_bins": n_bins}
    layer = FAMILY[name](basis_norm=norm, **arguments)
    assert len(layer.bank.early) >= 1
    assert difference(layer, CQT1992v2(norm=norm, **arguments), audio) <= CLOSE
    whole = FAMILY[name](basis_norm=norm, earlydownsample=False, **arguments)
    assert len(whole.bank.early) == 0
    assert difference(layer, whole, audio) <= CLOSE
    if norm == 1:
        frequency = layer.frequencies[n_bins - 3]
        sine = torch.sin(2 * torch.pi * frequency / SR * torch.arange(9001))
        level = layer(sine, normalization_type="wrap")[0, n_bins - 3, 30:40]
        np.testing.assert_allclose(level.numpy(), 1.0, atol=1e-3)


def test_vqt_with_gamma_is_not_silent(audio: torch.Tensor) -> None:
    """nnAudio's is all zeros below the highest octave with early downsampling."""
    early = VQT(gamma=10, earlydownsample=True, **SMALL)
    late = VQT(gamma=10, earlydownsample=False, **SMALL)
    found = early(audio)
    assert torch.equal(found, late(audio))
    assert found.amax(dim=2).min() > 0.05 * found.max()


def test_vqt_without_gamma_is_the_cqt(audio: torch.Tensor) -> None:
    assert torch.equal(VQT(gamma=0, **SMALL)(audio), CQT1992v2(**SMALL)(audio))


def test_vqt_trains() -> None:
    layer = VQT(gamma=10, trainable=True, **SMALL)
    assert [name for name, _ in layer.named_parameters()] == ["bank.kernel"]


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.parametrize("k", [4, 16, 28, 40, 52])
def test_phase_is_that_of_the_signal_in_every_octave(name: str, k: int) -> None:
    """One sign of the conjugate, and no delay: a cosine has the phase ``w m hop`` in frame m.

    nnAudio is half a sample off per octave below the highest.
    """
    layer = FAMILY[name](**SMALL)
    turn = 2 * np.pi * layer.frequencies[k] / SR
    cosine = torch.from_numpy(np.cos(turn * np.arange(9001)).astype(np.float32))
    frames = np.arange(25, 45)
    found = spectrum(layer, cosine)[k, frames]
    expected = np.exp(1j * turn * 128 * frames)
    # The negative frequency leaks in, of which the lowest bins have 1e-4.
    assert abs(found / abs(found) - expected).max() <= 3e-4
    angle = layer(cosine, output_format="Phase")[0, k].numpy()[frames]
    assert abs(np.exp(1j * angle) - expected).max() <= 3e-4


@pytest.mark.parametrize("name", BY_OCTAVES)
@pytest.mark.parametrize("hop_length", [500, 441, 160, 1148, 32, 1])
def test_every_hop_length_is_exact(name: str, hop_length: int, audio: torch.Tensor) -> None:
    """nnAudio fails, or interpolates frames where the hop cannot be halved often enough."""
    arguments: dict[str, Any] = SMALL | {"hop_length": hop_length}
    samples = 3000 if hop_length == 1 else 9001
    exact = CQT1992v2(**arguments)
    for length in (samples, samples + 1):
        part = audio[:length] if length <= 9001 else torch.nn.functional.pad(audio, (0, 1))
        assert difference(FAMILY[name](**arguments), exact, part) <= CLOSE


@pytest.mark.parametrize("name", BY_OCTAVES)
@pytest.mark.parametrize("hop_length", [96, 100, 101])
@pytest.mark.parametrize("center", [True, False])
def test_frame_counts_agree(name: str, hop_length: int, center: bool) -> None:
    arguments: dict[str, Any] = SMALL | {
        "hop_length": hop_length,
        "center": center,
        "fmin": 250.0,
        "n_bins": 33,
    }
    exact, layer = CQT1992v2(**arguments), FAMILY[name](**arguments)
    assert layer.min_samples == exact.min_samples
    for samples in range(exact.min_samples, exact.min_samples + 2 * hop_length + 2, 7):
        silence = torch.zeros(1, samples)
        assert layer(silence).shape == exact(silence).shape, samples


@pytest.mark.parametrize("name", FAMILY)
def test_window_norm_fmax_and_scale_count(name: str, audio: torch.Tensor) -> None:
    """nnAudio's 2010 family ignores the window and fmax, its VQT the window too."""
    plain = spectrum(FAMILY[name](**SMALL), audio)
    norm_name = "basis_norm" if name in (*BY_OCTAVES, "VQT") else "norm"
    for change in (
        {"window": "blackman"},
        {"window": ("kaiser", 8.0)},
        {norm_name: 2},
        {norm_name: float("inf")},
        {norm_name: None},
        {"filter_scale": 1.5},
        {"fmax": 500.0},
        {"pad_mode": "constant"},
        {"center": False},
    ):
        given: dict[str, Any] = dict(change)
        layer = FAMILY[name](**SMALL | given)
        found = spectrum(layer, audio)
        assert found.shape != plain.shape or abs(found - plain).max() > 0.01 * abs(plain).max()
        if norm_name in given:
            given["norm"] = given.pop(norm_name)
        # A Kaiser window ends in a step of 2e-3, which fewer samples render less well.
        close = 1e-3 if "window" in given else CLOSE
        assert difference(layer, CQT1992v2(**SMALL | given), audio) <= close, change
    assert FAMILY[name](**SMALL | {"fmax": 500.0}).n_bins == 36


def test_cqt1992_works_with_its_defaults() -> None:
    """nnAudio's ask for bins up to 26 kHz at a sampling rate of 22 kHz."""
    assert CQT1992()(torch.zeros(1, 22050)).shape == (1, 60, 44)


@pytest.mark.parametrize("name", FAMILY)
def test_gradients_on_silence(name: str) -> None:
    argument = {"CQT1992": "trainable_CQT", "CQT2010": "trainable_CQT"}.get(name, "trainable")
    layer = FAMILY[name](**SMALL, **{argument: True})
    audio = torch.zeros(1, 5000, requires_grad=True)
    layer(audio).sum().backward()
    assert audio.grad is not None
    gradients = [audio.grad, *(weight.grad for weight in layer.parameters())]
    assert len(gradients) == 2
    for gradient in gradients:
        assert torch.isfinite(gradient).all()


@pytest.mark.parametrize(
    ("name", "center"),
    [
        *((name, True) for name in ("CQT1992", "CQT1992v2", "CQT2010", "CQT2010v2", "VQT")),
        ("CQT1992v2", False),
        ("CQT2010v2", False),
    ],
)
def test_shortest_audio_is_the_same_in_a_file(name: str, center: bool, tmp_path: Path) -> None:
    """nnAudio pads short audio in another way, of which an exported graph knows nothing."""
    layer = FAMILY[name](**SMALL | {"fmin": 500.0, "n_bins": 20, "center": center})
    # 17.3 periods of 500 Hz are 277.3 samples, which take 278.
    assert layer.min_samples == (140 if center else 278)
    export_onnx(layer, tmp_path / "layer.onnx")
    file = nnaudio_runtime.load(tmp_path / "layer.onnx", providers="cpu")
    assert file.info is not None
    assert file.info.min_length == layer.min_samples
    shortest = noise(layer.min_samples)[None]
    expected = layer(torch.from_numpy(shortest)).numpy()
    assert abs(file(shortest) - expected).max() <= 1e-5 * abs(expected).max()
    message = f"has {layer.min_samples - 1} samples.* at least {layer.min_samples}"
    for run in (lambda x: layer(torch.from_numpy(x)), file):
        with pytest.raises(ValueError, match=message):
            run(shortest[:, 1:])


@pytest.mark.parametrize("edge", [0.05, 0.1, 0.15, 0.2, 0.22])
def test_lowpass(edge: float) -> None:
    """Odd, symmetric, flat to the pass edge, and at most -80 dB where halving would fold."""
    taps = half_band(pass_edge=edge)
    assert len(taps) % 2 == 1
    assert np.array_equal(taps, taps[::-1])
    frequencies = np.arange(1 << 14) / (1 << 15)
    response = abs(np.fft.rfft(taps, 1 << 15))[:-1]
    assert abs(response[frequencies <= edge] - 1).max() <= 3e-5
    assert 20 * np.log10(response[frequencies >= 0.5 - edge].max()) <= -80


@pytest.mark.parametrize("name", BY_OCTAVES)
def test_octaves_share_what_is_learned(name: str, audio: torch.Tensor) -> None:
    """A kernel of one octave: silencing its first bin silences that bin in all octaves."""
    argument = "trainable" if name == "CQT2010v2" else "trainable_CQT"
    layer = FAMILY[name](**SMALL, **{argument: True})
    weight = layer.bank.kernel if name == "CQT2010v2" else layer.bank.matrix
    assert weight.shape[0] == 24
    before = abs(spectrum(layer, audio)).max(axis=1)
    with torch.no_grad():
        weight[[0, 12]] *= 0
    after = abs(spectrum(layer, audio)).max(axis=1)
    first = np.arange(60) % 12 == 0
    assert (after[first] <= 0.05 * before[first]).all()  # the fixed differences are left
    assert np.allclose(after[~first], before[~first])


@pytest.mark.parametrize("name", BY_OCTAVES)
def test_windows_of_a_fixed_length_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="its shape depends on its length in samples"):
        FAMILY[name](window=("gaussian", 30.0), **SMALL)
