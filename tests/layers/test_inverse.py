"""The inverse: any frame count, any layout, any length, and through ``STFT.inverse``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from layers import definitions
from signals import noise
from torch import Tensor

from nnaudio_export import ISTFT, STFT

LIMIT = 2e-6  # against a signal whose largest value is about 0.5 ... 1


def audio(samples: int, batch: int = 2) -> Tensor:
    return torch.from_numpy(np.stack([2 * noise(samples, seed) for seed in range(batch)]))


def full_spectrum(one_sided: Tensor, n_fft: int) -> Tensor:
    """All n_fft bins of a real signal's spectrum."""
    upper = one_sided[:, 1 : (n_fft + 1) // 2].flip(1)
    return torch.cat([one_sided, upper * torch.tensor([1.0, -1.0])], dim=1)


@pytest.mark.parametrize("n_fft", [255, 256])
@pytest.mark.parametrize("hop", [64, 50])
@pytest.mark.parametrize("frames", [*range(1, 12), 29, 64])
def test_any_frame_count(frames: int, hop: int, n_fft: int) -> None:
    """One layer, whatever it was called with before; nnAudio keeps the first window sum."""
    samples = (frames - 1) * hop + n_fft - 2 * (n_fft // 2)
    signal = audio(max(samples, 1) + 0)
    forward = STFT(n_fft=n_fft, hop_length=hop, pad_mode="constant", verbose=False)
    inverse = ISTFT(n_fft=n_fft, hop_length=hop, verbose=False)
    spectrum = forward(signal)
    assert spectrum.shape[2] == frames
    back = inverse(spectrum, length=signal.shape[1])
    assert (back - signal).abs().max() <= LIMIT
    if samples > 0 and frames > 1:
        assert torch.equal(inverse(spectrum), back)


@pytest.mark.parametrize("pad_mode", ["reflect", "constant"])
@pytest.mark.parametrize("samples", [1025, 5003, 22050])
def test_round_trip(samples: int, pad_mode: str) -> None:
    signal = audio(samples)
    layer = STFT(n_fft=512, hop_length=128, pad_mode=pad_mode, iSTFT=True, verbose=False)
    spectrum = layer(signal)
    assert (layer.inverse(spectrum, length=samples) - signal).abs().max() <= LIMIT
    covered = layer.inverse(spectrum)
    assert covered.shape[1] == (spectrum.shape[2] - 1) * 128
    assert (covered - signal[:, : covered.shape[1]]).abs().max() <= LIMIT


def test_uncentred_round_trip() -> None:
    signal = audio(2048)
    settings: dict[str, Any] = {"n_fft": 512, "hop_length": 128, "center": False, "verbose": False}
    back = ISTFT(**settings)(STFT(**settings)(signal))
    assert back.shape == signal.shape
    # One window alone reaches the ends, and Hann is 0 there: the signal is lost, not wrong.
    assert (back - signal)[:, 128:-128].abs().max() <= LIMIT
    assert torch.isfinite(back).all()


@pytest.mark.parametrize("n_fft", [255, 256])
def test_layouts(n_fft: int) -> None:
    """Layers of either layout take spectra of either layout."""
    signal = audio(2000)
    half = STFT(n_fft=n_fft, hop_length=64, verbose=False)(signal)
    full = full_spectrum(half, n_fft)
    assert full.shape[1] == n_fft
    for onesided in (True, False):
        layer = ISTFT(n_fft=n_fft, hop_length=64, onesided=onesided, verbose=False)
        for spectrum, is_half in ((half, True), (full, False)):
            for given in (None, is_half):
                back = layer(spectrum, onesided=given, length=2000)
                assert (back - signal).abs().max() <= LIMIT
        with pytest.raises(ValueError, match=rf"onesided=True with {n_fft} bins: must have"):
            layer(full, onesided=True)
        with pytest.raises(ValueError, match=rf"onesided=False.*must have {n_fft}"):
            layer(half, onesided=False)


def test_full_spectrum_of_no_real_signal() -> None:
    """The real part of the inverse, whatever the layer's own layout."""
    pairs = torch.randn(1, 256, 9, 2, generator=torch.Generator().manual_seed(5))
    expected, _ = definitions.overlap_add(
        pairs[0].double().numpy(), n_fft=256, hop=64, full=True, length=512
    )
    for onesided in (True, False):
        layer = ISTFT(n_fft=256, hop_length=64, onesided=onesided, verbose=False)
        found = layer(pairs, length=512)[0].double().numpy()
        assert np.abs(found - expected).max() <= LIMIT * np.abs(expected).max()


def test_missing_upper_bins_are_zero() -> None:
    signal = audio(2000)
    layer = STFT(n_fft=256, hop_length=64, freq_bins=40, iSTFT=True, verbose=False)
    spectrum = layer(signal)
    padded = torch.nn.functional.pad(spectrum, [0, 0, 0, 0, 0, 129 - 40])
    expected = ISTFT(n_fft=256, hop_length=64, verbose=False)(padded)
    for onesided in (True, False):
        inverse = ISTFT(n_fft=256, hop_length=64, freq_bins=40, onesided=onesided, verbose=False)
        assert (inverse(spectrum) - expected).abs().max() <= LIMIT
    assert (layer.inverse(spectrum) - expected).abs().max() <= LIMIT


@pytest.mark.parametrize("length", [1, 100, 1000, 1500])
def test_length(length: int) -> None:
    """Cut short, or filled up with zeros; at construction or at the call."""
    spectrum = STFT(n_fft=256, hop_length=64, verbose=False)(audio(1000))
    expected, _ = definitions.overlap_add(
        spectrum[0].double().numpy(), n_fft=256, hop=64, length=length
    )
    at_call = ISTFT(n_fft=256, hop_length=64, verbose=False)(spectrum, length=length)
    at_construction = ISTFT(n_fft=256, hop_length=64, length=length, verbose=False)(spectrum)
    assert torch.equal(at_call, at_construction)
    assert at_call.shape == (2, length)
    covered = min(length, 1000)  # beyond, the last window fades out
    assert np.abs(at_call[0].numpy() - expected)[:covered].max() <= LIMIT
    assert (at_call[:, 15 * 64 + 256 :] == 0).all()


def test_inverse_needs_istft() -> None:
    layer = STFT(n_fft=256, verbose=False)
    with pytest.raises(RuntimeError, match="iSTFT=True"):
        layer.inverse(layer(audio(1000)))


def test_inverse_layouts() -> None:
    signal = audio(2000)
    layer = STFT(n_fft=256, hop_length=64, iSTFT=True, verbose=False)
    spectrum = layer(signal)
    full = full_spectrum(spectrum, 256)
    assert (layer.inverse(full, onesided=False, length=2000) - signal).abs().max() <= LIMIT
    with pytest.raises(ValueError, match="onesided=True with 256 bins"):
        layer.inverse(full)


def test_trained_window_is_divided_out() -> None:
    """The window sum follows the window: scaling both changes nothing but the synthesis."""
    spectrum = STFT(n_fft=256, hop_length=64, verbose=False)(audio(1000))
    layer = ISTFT(n_fft=256, hop_length=64, trainable_window=True, verbose=False)
    before = layer(spectrum)
    with torch.no_grad():
        layer.overlap_add.window.mul_(2.0)
    # sum(2 w x) / sum(4 w^2)
    assert torch.allclose(layer(spectrum), before / 2, atol=LIMIT)
