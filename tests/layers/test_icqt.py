"""The inverse constant-Q transform: how exactly, up to which frequency, and not by chance."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import nnaudio_runtime
import numpy as np
import pytest
import signals
import torch
from layers.definitions import Real
from torch import Tensor

from nnaudio_export import ICQT, CQT1992v2, export_onnx

if TYPE_CHECKING:
    from pathlib import Path

# The shortest wavelet has 115 samples: the hop is at most half of it.
SCALE: dict[str, Any] = {"sr": 22050, "hop_length": 57, "fmin": 220.0, "n_bins": 48}


def band_limited(audio: signals.Audio, sr: float, lowest: float, highest: float) -> Real:
    """Fades in and out, and has nothing outside the band but for a sixth of an octave inside it."""
    fade = np.hanning(4000)
    faded = audio.astype(np.float64)
    faded[:2000] *= fade[:2000]
    faded[-2000:] *= fade[-2000:]
    faded = np.pad(faded, 4096)
    size = 4 * len(faded)
    octave = np.log2(np.maximum(np.fft.rfftfreq(size, 1 / sr), 1e-9))
    inside = np.minimum(octave - np.log2(lowest), np.log2(highest) - octave)
    t = np.clip(6 * inside, 0, 1)
    limited = np.fft.irfft(np.fft.rfft(faded, size) * t * t * (3 - 2 * t), size)
    return np.asarray(limited[: len(faded)])


def recording(name: str) -> Tensor:
    """A recording within the scale, three semitones from its ends, ``(1, samples)``."""
    step = 2 ** (1 / 12)
    lowest, highest = 220 * step**3, 220 * step**44
    audio = band_limited(signals.recording(name)[6000 : 6000 + 16384], 22050, lowest, highest)
    return torch.from_numpy(audio[None].astype(np.float32))


def snr(found: Tensor, audio: Tensor) -> float:
    """In decibels."""
    error = (found - audio).double().square().sum()
    return float(10 * torch.log10(audio.double().square().sum() / error))


@pytest.mark.parametrize("name", signals.RECORDINGS)
def test_reconstruction(name: str) -> None:
    audio = recording(name)
    cqt = CQT1992v2(output_format="Complex", verbose=False, **SCALE)(audio)
    figures = {
        n_iter: snr(ICQT(n_iter=n_iter, verbose=False, **SCALE)(cqt, audio.shape[1]), audio)
        for n_iter in (4, 8)
    }
    print(f"\nICQT of {name}: {figures[4]:.1f} dB after 4 iterations, {figures[8]:.1f} after 8")
    assert figures[8] >= 75
    assert figures[8] >= figures[4] - 1


def test_nnaudios_inverse_is_further_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two conjugate gradients get further than 32 of its steps."""
    monkeypatch.setenv("NNAUDIO_DISABLE_CITATION_REMINDER", "1")
    from nnAudio2.features import iCQT

    audio = recording("guit_em9")
    cqt = CQT1992v2(output_format="Complex", verbose=False, **SCALE)(audio)
    theirs = snr(iCQT(n_iter=32, verbose=False, **SCALE)(cqt, length=audio.shape[1]), audio)
    ours = snr(ICQT(n_iter=2, verbose=False, **SCALE)(cqt, audio.shape[1]), audio)
    print(f"\nguit_em9: iCQT of nnAudio2 {theirs:.1f} dB after 32 steps, ours {ours:.1f} after 2")
    assert ours > theirs


def test_long_wavelets() -> None:
    """Sums of more than 2048 products are split, here and in their transpose."""
    scale: dict[str, Any] = SCALE | {"fmin": 110.0, "n_bins": 60, "hop_length": 50}
    audio = recording("speech_synthetic")
    cqt = CQT1992v2(output_format="Complex", verbose=False, **scale)(audio)
    assert snr(ICQT(verbose=False, **scale)(cqt, audio.shape[1]), audio) >= 75


def test_length() -> None:
    """At construction or at the call: the mirrored end is where it was."""
    audio = recording("guit_em9")[:, :9000]  # cut where it is loud
    cqt = CQT1992v2(output_format="Complex", verbose=False, **SCALE)(audio)
    at_call = ICQT(verbose=False, **SCALE)(cqt, length=9000)
    at_construction = ICQT(verbose=False, length=9000, **SCALE)(cqt)
    assert torch.equal(at_call, at_construction)
    assert at_call.shape == audio.shape
    assert ICQT(verbose=False, **SCALE)(cqt).shape == (1, (cqt.shape[2] - 1) * 57)
    assert ICQT(verbose=False, **SCALE)(cqt, length=9100).shape == (1, 9100)
    assert snr(at_call[:, :8800], audio[:, :8800]) > 40


def test_says_up_to_which_frequency_it_inverts() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dense = ICQT(verbose=False, **SCALE)
    assert dense.highest_invertible == pytest.approx(220 * 2 ** (47 / 12))
    wide: dict[str, Any] = SCALE | {"hop_length": 128}
    with pytest.warns(
        UserWarning,
        match=r"hop_length=128: too large to invert the highest 14 of 48 bins.* inverts up to "
        r"1480 Hz, and all with hop_length=57",
    ):
        sparse = ICQT(verbose=False, **wide)
    assert sparse.highest_invertible == pytest.approx(220 * 2 ** (33 / 12))
    # Below that, the promise holds; above, it does not.
    cqt = CQT1992v2(output_format="Complex", verbose=False, **wide)
    n = torch.arange(22050) / 22050
    fade = torch.hann_window(22050)
    figures = []
    for hz in (1200.0, 3000.0):
        tone = (torch.sin(2 * torch.pi * hz * n) * fade)[None]
        figures.append(snr(sparse(cqt(tone), length=22050), tone))
    print(f"\nhop 128: {figures[0]:.0f} dB at 1200 Hz, {figures[1]:.0f} dB at 3000 Hz")
    assert figures[0] >= 60 > 40 > figures[1]


def test_chance_has_no_part_in_it() -> None:
    """nnAudio2 draws its step size from the global random state."""
    cqt = torch.from_numpy(signals.noise(48 * 40 * 2).reshape(1, 48, 40, 2))
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = ICQT(verbose=False, **SCALE)(cqt)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert torch.equal(ICQT(verbose=False, **SCALE)(cqt), first)


def test_graph_of_2_iterations(tmp_path: Path) -> None:
    audio = recording("guit_em9")
    cqt = CQT1992v2(output_format="Complex", verbose=False, **SCALE)(audio)
    # More would make the graph longer, not other; the table has one of 8.
    layer = ICQT(n_iter=2, verbose=False, **SCALE)
    result = export_onnx(layer, tmp_path / "icqt.onnx")
    print(f"\n{result.parity}")
    assert result.cuda_fallbacks == ()
    found = nnaudio_runtime.load(tmp_path / "icqt.onnx", providers="cpu")(cqt.numpy())
    expected = layer(cqt).numpy()
    assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()
