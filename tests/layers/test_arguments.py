"""hypothesis draws arguments; the layer computes the definition for all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layers import definitions
from signals import noise

from nnaudio_export import ISTFT, MFCC, STFT, MelSpectrogram

# The same examples every time: a failure is one that everybody sees.
bounded = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
# n_fft stays below 400: short sums, little rounding; measured are 6e-7.
LIMIT = 1.5e-6

WINDOWS: list[definitions.Window] = ["hann", "hamming", "boxcar", ("kaiser", 8.0)]


@st.composite
def frames(draw: st.DrawFn) -> dict[str, Any]:
    n_fft = draw(st.integers(2, 400))
    return {
        "n_fft": n_fft,
        "win_length": draw(st.none() | st.integers(max(2, n_fft // 3), n_fft)),
        "hop_length": draw(st.integers(1, 2 * n_fft)),
        "window": draw(st.sampled_from(WINDOWS)),
        "center": draw(st.booleans()),
        "pad_mode": draw(st.sampled_from(["reflect", "constant"])),
    }


@st.composite
def bins(draw: st.DrawFn) -> dict[str, Any]:
    scale = draw(st.sampled_from(["no", "linear", "log", "log2"]))
    if scale == "no":
        return {"freq_scale": scale}
    sr = draw(st.sampled_from([8000, 22050, 44100]))
    fmin = draw(st.integers(20, sr // 4))
    fmax = draw(st.integers(fmin + 1, sr // 2))
    freq_bins = draw(st.integers(1, 50))
    return {"freq_scale": scale, "sr": sr, "fmin": fmin, "fmax": fmax, "freq_bins": freq_bins}


def spectrum_of(audio: definitions.Real, config: dict[str, Any]) -> definitions.Spectrum:
    frame = {key: config[key] for key in ("n_fft", "win_length", "window", "center", "pad_mode")}
    frequencies = None
    if config.get("freq_scale", "no") != "no":
        frequencies = definitions.spaced_frequencies(
            config["freq_scale"], config["freq_bins"], config["fmin"], config["fmax"]
        )
    return definitions.stft(
        audio,
        hop=config["hop_length"],
        frequencies=frequencies,
        sr=config.get("sr", 22050),
        **frame,
    )


def assert_close(found: torch.Tensor, expected: definitions.Real, limit: float = LIMIT) -> None:
    assert found.shape[1:] == expected.shape
    error = np.abs(found[0].numpy() - expected).max()
    assert error <= limit * max(float(np.abs(expected).max()), 1e-3)


@bounded
@given(frames(), bins(), st.integers(0, 700), st.integers(0, 99))
def test_stft(frame: dict[str, Any], scale: dict[str, Any], more: int, seed: int) -> None:
    layer = STFT(verbose=False, **frame, **scale)
    audio = noise(layer.min_samples + more, seed)
    expected = spectrum_of(audio.astype(np.float64), frame | scale)
    x = torch.from_numpy(audio)
    assert_close(layer(x), definitions.as_pairs(expected))
    assert_close(layer(x, output_format="Magnitude"), np.abs(expected))


@bounded
@given(frames(), st.integers(1, 9), st.booleans(), st.none() | st.integers(1, 2000))
def test_istft(frame: dict[str, Any], count: int, onesided: bool, length: int | None) -> None:
    frame = {key: value for key, value in frame.items() if key != "pad_mode"}
    layer = ISTFT(verbose=False, onesided=onesided, length=length, **frame)
    count = max(count, layer.min_frames)
    pairs = np.random.default_rng(count).standard_normal((1, layer.bins, count, 2))
    pairs = pairs.astype(np.float32)
    hop = frame.pop("hop_length")
    expected, weight = definitions.overlap_add(
        pairs[0].astype(np.float64), hop=hop, full=not onesided, length=length, **frame
    )
    found = layer(torch.from_numpy(pairs))[0].numpy()
    assert found.shape == expected.shape
    # A sample that the windows hardly reach is divided by almost nothing.
    error = np.abs(found - expected) * np.minimum(1, np.sqrt(weight))
    scale = float((np.abs(expected) * np.minimum(1, np.sqrt(weight))).max())
    assert error.max() <= LIMIT * max(scale, 1e-2)


@bounded
@given(
    frames().filter(lambda frame: frame["n_fft"] >= 64),
    st.integers(1, 10),
    st.booleans(),
    st.sampled_from([1, None]),
    st.sampled_from([1.0, 2.0, 1.7]),
    st.integers(0, 99),
)
def test_mel(
    frame: dict[str, Any], n_mels: int, htk: bool, norm: int | None, power: float, seed: int
) -> None:
    # Above 400 Hz, ten filters are wider than the bins of 64 samples: none is empty.
    mel: dict[str, Any] = {"sr": 16000, "n_mels": n_mels, "htk": htk, "power": power, "fmin": 400.0}
    layer = MelSpectrogram(verbose=False, norm=norm, **mel, **frame)
    audio = noise(layer.describe().min_length + 100, seed)
    spectrum = spectrum_of(audio.astype(np.float64), frame)
    expected = definitions.mel(spectrum, n_fft=frame["n_fft"], area=norm is not None, **mel)
    assert_close(layer(torch.from_numpy(audio)), expected, 2 * LIMIT)


@bounded
@given(
    st.integers(1, 20),
    st.floats(1e-3, 10),
    st.floats(1e-9, 1e-3),
    st.none() | st.floats(0, 90),
    st.sampled_from(["ortho", None]),
)
def test_mfcc(n_mfcc: int, ref: float, amin: float, top_db: float | None, norm: str | None) -> None:
    layer = MFCC(
        n_mfcc=n_mfcc,
        ref=ref,
        amin=amin,
        top_db=top_db,
        norm=norm,
        n_fft=256,
        hop_length=100,
        n_mels=20,
        verbose=False,
    )
    audio = noise(1500)
    spectrum = definitions.stft(audio.astype(np.float64), n_fft=256, hop=100)
    mel = definitions.mel(spectrum, sr=22050, n_fft=256, n_mels=20)
    decibel = definitions.decibel(mel, ref, amin, top_db)
    expected = definitions.dct(decibel, n_mfcc, ortho=norm == "ortho")
    found = layer(torch.from_numpy(audio))[0].numpy()
    # Absolute, in dB: levels near 0 dB cancel, their sum over 20 bands does not.
    assert np.abs(found - expected).max() <= 1e-3
