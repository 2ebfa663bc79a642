"""The figures that the project promises, on whole recordings; ``pytest -s`` prints them.

Errors are the largest difference over the largest value, librosa in float32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import librosa
import numpy as np
import pytest
import signals
import torch
from numpy.typing import NDArray

from nnaudio_export import ISTFT, MFCC, STFT, MelSpectrogram

STFT_LIMIT = 2e-6
MEL_LIMIT = 3e-6
MFCC_LIMIT = 1e-5  # of the range, largest minus smallest
INVERSE_LIMIT = 2e-6

FRAMES = [(400, 160), (512, 128), (1024, 256), (2048, 512)]


def worst(
    figure: str,
    limit: float,
    layer: Callable[[torch.Tensor], torch.Tensor],
    reference: Callable[[NDArray[np.float32]], NDArray[Any]],
    *,
    of_range: bool = False,
) -> None:
    errors = {}
    for name in signals.RECORDINGS:
        audio = signals.recording(name)
        found = layer(torch.from_numpy(audio))[0].numpy().astype(np.float64)
        expected = np.asarray(reference(audio))
        assert found.shape == expected.shape
        scale = np.ptp(expected) if of_range else np.abs(expected).max()
        errors[name] = float(np.abs(found - expected).max() / scale)
    print(f"\n{figure}: {max(errors.values()):.2e}, limit {limit:.0e}")
    assert max(errors.values()) <= limit, errors


@pytest.mark.parametrize(("n_fft", "hop"), FRAMES)
@pytest.mark.parametrize("output_format", ["Magnitude", "Complex"])
def test_stft(n_fft: int, hop: int, output_format: str) -> None:
    def reference(audio: NDArray[np.float32]) -> NDArray[Any]:
        spectrum: NDArray[np.complex64] = librosa.stft(
            audio, n_fft=n_fft, hop_length=hop, pad_mode="reflect"
        )
        if output_format == "Magnitude":
            return np.abs(spectrum)
        return np.stack([spectrum.real, spectrum.imag], axis=-1)

    layer = STFT(n_fft=n_fft, hop_length=hop, output_format=output_format, verbose=False)
    worst(f"STFT {output_format} {n_fft} against librosa", STFT_LIMIT, layer, reference)


@pytest.mark.parametrize("htk", [False, True])
@pytest.mark.parametrize(("n_fft", "hop", "n_mels"), [(512, 128, 40), (2048, 512, 128)])
def test_mel(n_fft: int, hop: int, n_mels: int, htk: bool) -> None:
    settings: dict[str, Any] = {"sr": 22050, "n_fft": n_fft, "hop_length": hop, "n_mels": n_mels}
    worst(
        f"MelSpectrogram {n_fft}, {n_mels} mels, htk={htk} against librosa",
        MEL_LIMIT,
        MelSpectrogram(htk=htk, verbose=False, **settings),
        lambda audio: librosa.feature.melspectrogram(
            y=audio, htk=htk, pad_mode="reflect", **settings
        ),
    )


@pytest.mark.parametrize(("n_fft", "hop", "n_mels"), [(512, 128, 40), (2048, 512, 128)])
def test_mfcc(n_fft: int, hop: int, n_mels: int) -> None:
    settings: dict[str, Any] = {"sr": 22050, "n_fft": n_fft, "hop_length": hop, "n_mels": n_mels}
    worst(
        f"MFCC {n_fft}, {n_mels} mels against librosa",
        MFCC_LIMIT,
        MFCC(n_mfcc=20, verbose=False, **settings),
        lambda audio: librosa.feature.mfcc(y=audio, n_mfcc=20, pad_mode="reflect", **settings),
        of_range=True,
    )


@pytest.mark.parametrize(("n_fft", "hop"), FRAMES)
def test_round_trip(n_fft: int, hop: int) -> None:
    forward = STFT(n_fft=n_fft, hop_length=hop, verbose=False)
    inverse = ISTFT(n_fft=n_fft, hop_length=hop, verbose=False)
    worst(
        f"STFT -> ISTFT {n_fft} against the signal",
        INVERSE_LIMIT,
        lambda audio: inverse(forward(audio), length=len(audio)),
        lambda audio: audio,
    )


@pytest.mark.parametrize(("n_fft", "hop"), FRAMES)
def test_istft(n_fft: int, hop: int) -> None:
    window = torch.hann_window(n_fft)

    def spectrum(audio: torch.Tensor) -> torch.Tensor:
        return torch.stft(audio, n_fft, hop, window=window, return_complex=True)

    inverse = ISTFT(n_fft=n_fft, hop_length=hop, verbose=False)
    worst(
        f"ISTFT {n_fft} against torch.istft",
        INVERSE_LIMIT,
        lambda audio: inverse(torch.view_as_real(spectrum(audio))[None]),
        lambda audio: torch.istft(
            spectrum(torch.from_numpy(audio)), n_fft, hop, window=window
        ).numpy(),
    )


@pytest.mark.parametrize(("n_fft", "hop"), FRAMES)
def test_phase(n_fft: int, hop: int) -> None:
    """On the circle, where the magnitude is above 1e-4 of the largest.

    An error of 2e-6 of the largest magnitude turns a bin at 1e-4 of it by 2e-2: the limit is the
    STFT's, and each bin counts by its magnitude.
    """
    phase = STFT(n_fft=n_fft, hop_length=hop, output_format="Phase", verbose=False)
    pair = STFT(n_fft=n_fft, hop_length=hop, output_format="CosSin", verbose=False)
    error = 0.0
    for name in signals.RECORDINGS:
        audio = signals.recording(name)
        spectrum = librosa.stft(audio, n_fft=n_fft, hop_length=hop, pad_mode="reflect")
        expected = np.exp(1j * np.angle(spectrum))
        weight = np.abs(spectrum) / np.abs(spectrum).max()
        weight[weight < 1e-4] = 0
        found = np.exp(1j * phase(torch.from_numpy(audio))[0].numpy())
        cos, sin = np.moveaxis(pair(torch.from_numpy(audio))[0].numpy(), -1, 0)
        for circle in (found, cos + 1j * sin):
            error = max(error, float((np.abs(circle - expected) * weight).max()))
    print(f"\nPhase {n_fft} against librosa: {error:.2e}, limit {STFT_LIMIT:.0e}")
    assert error <= STFT_LIMIT
