"""Griffin and Lim's algorithm: librosa's numbers from librosa's phase, and its own start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import librosa
import nnaudio_runtime
import numpy as np
import pytest
import signals
import torch
from layers import definitions
from layers.definitions import Real

from nnaudio_export import (
    ISTFT,
    STFT,
    ExportResult,
    GriffinLim,
    export_onnx,
    export_torchscript,
)
from nnaudio_export.blocks.phase_retrieval import MomentumPhase

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def magnitude_of(audio: Real, n_fft: int, hop: int) -> Real:
    return np.abs(definitions.stft(audio.astype(np.float64), n_fft=n_fft, hop=hop))


def spectral_convergence(audio: Any, magnitude: Real, n_fft: int, hop: int) -> float:
    """``|| |STFT(audio)| - S || / || S ||``."""
    error = magnitude_of(np.asarray(audio), n_fft, hop) - magnitude
    return float(np.linalg.norm(error) / np.linalg.norm(magnitude))


def excerpt(name: str, samples: int = 16384) -> Any:
    return signals.recording(name)[8000 : 8000 + samples]


@pytest.mark.parametrize("name", signals.RECORDINGS)
def test_equals_librosa_from_the_same_phase(name: str) -> None:
    magnitude = magnitude_of(excerpt(name), 512, 128)
    phase = 2 * np.pi * np.random.RandomState(5).random(size=magnitude.shape)
    for n_iter in (0, 1, 2, 5):
        expected = librosa.griffinlim(
            magnitude,
            n_iter=n_iter,
            n_fft=512,
            hop_length=128,
            pad_mode="reflect",
            random_state=5,
        )
        layer = GriffinLim(512, n_iter, 128, verbose=False)
        for update in layer.updates:
            assert isinstance(update, MomentumPhase)
            update.floor = 0.0  # librosa takes the phase of rounding, too
        found = layer(
            torch.from_numpy(magnitude[None]).float(), torch.from_numpy(phase[None]).float()
        )
        # librosa works in float64 here; measured: 2e-6 after 2, 1e-5 after 5.
        assert np.abs(found[0].numpy() - expected).max() <= 5e-5 * np.abs(expected).max(), n_iter


@pytest.mark.parametrize("n_iter", [2, 8, 32])
@pytest.mark.parametrize(("n_fft", "hop"), [(512, 128), (1024, 256)])
def test_converges_no_worse_than_librosa(n_fft: int, hop: int, n_iter: int) -> None:
    """Over the recordings, in the geometric mean, librosa from three seeds."""
    theirs, ours = [], []
    layer = GriffinLim(n_fft, n_iter, hop, verbose=False)
    for name in signals.RECORDINGS:
        magnitude = magnitude_of(excerpt(name), n_fft, hop)
        for seed in range(3):
            audio = librosa.griffinlim(
                magnitude,
                n_iter=n_iter,
                n_fft=n_fft,
                hop_length=hop,
                pad_mode="reflect",
                random_state=seed,
            )
            theirs.append(np.log(spectral_convergence(audio, magnitude, n_fft, hop)))
        audio = layer(torch.from_numpy(magnitude[None]).float())[0]
        ours.append(np.log(spectral_convergence(audio, magnitude, n_fft, hop)))
    print(
        f"\nGriffinLim {n_fft}, {n_iter} iterations, spectral convergence: "
        f"{np.exp(np.mean(ours)):.4f}, librosa {np.exp(np.mean(theirs)):.4f}"
    )
    assert np.mean(ours) <= np.mean(theirs)


@pytest.mark.parametrize(
    ("export", "suffix", "n_iter"),
    # PyTorch takes a minute to make an ONNX graph of 32.
    [(export_onnx, ".onnx", 8), (export_torchscript, ".pt", 32)],
)
def test_graph_of_many_iterations_converges_as_eager(
    tmp_path: Path, export: Callable[..., ExportResult], suffix: str, n_iter: int
) -> None:
    """Rounding grows with the iterations, the spectral convergence stays the same."""
    layer = GriffinLim(256, n_iter, 64, verbose=False)
    path = tmp_path / f"vocoder{suffix}"
    result = export(layer, path)
    assert result.parity.passed
    # One set of kernels, not one for each iteration: 257 * 256 float32 values are 263 kB.
    assert result.size < 500_000
    frontend = nnaudio_runtime.load(path, providers="cpu")
    frontend.selftest()
    for name in ("guit_em9", "speech_synthetic"):
        magnitude = magnitude_of(excerpt(name), 256, 64)
        x = magnitude[None].astype(np.float32)
        eager = spectral_convergence(layer(torch.from_numpy(x))[0], magnitude, 256, 64)
        graph = spectral_convergence(frontend(x)[0], magnitude, 256, 64)
        print(f"\nspectral convergence of {name}: eager {eager:.6f}, graph {graph:.6f}")
        assert abs(graph - eager) <= 0.01 * eager


def test_start_is_the_same_every_time_and_leaves_random_numbers_alone() -> None:
    x = torch.from_numpy(np.abs(signals.noise(65 * 20)).reshape(1, 65, 20))
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first, again = (GriffinLim(128, 4, verbose=False)(x) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, again)


def test_a_right_phase_is_kept() -> None:
    """From the true phase, the signal itself comes back, whatever the iterations."""
    audio = torch.from_numpy(signals.recording("guit_em9")[None, 5000:9096])
    spectrum = STFT(512, hop_length=128, verbose=False)(audio)
    magnitude, phase = spectrum.norm(dim=-1), torch.atan2(spectrum[..., 1], spectrum[..., 0])
    found = GriffinLim(512, 8, 128, momentum=0.0, length=4096, verbose=False)(magnitude, phase)
    assert (found - audio).abs().max() <= 1e-4 * audio.abs().max()


def test_phase_is_checked() -> None:
    layer = GriffinLim(128, 1, verbose=False)
    with pytest.raises(ValueError, match=r"phase has shape \(1, 65, 8\): must be .*\(1, 65, 9\)"):
        layer(torch.zeros(1, 65, 9), torch.zeros(1, 65, 8))


def test_shortest_input_is_the_same_in_eager_and_runtime(tmp_path: Path) -> None:
    layer = GriffinLim(128, 2, 32, verbose=False)
    export_onnx(layer, tmp_path / "vocoder.onnx")
    frontend = nnaudio_runtime.load(tmp_path / "vocoder.onnx", providers="cpu")
    assert layer.min_frames == 4
    assert frontend(np.ones((1, 65, 4), np.float32)).shape == (1, 96)
    with pytest.raises(ValueError, match="magnitude has 3 frames: must have at least 4"):
        layer(torch.ones(1, 65, 3))
    with pytest.raises(nnaudio_runtime.AudioError, match="has 3 frames, the graph needs at least"):
        frontend(np.ones((1, 65, 3), np.float32))
    with pytest.raises(ValueError, match="magnitude has 1 values below 0"):
        layer(torch.ones(1, 65, 4).index_put((torch.tensor(0), torch.tensor(3)), -torch.eye(4)[0]))


def test_istft_keeps_the_dtype() -> None:
    """nnAudio gives float64 for float32."""
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        layer = ISTFT(64, verbose=False).to(dtype)
        assert layer(torch.zeros(1, 33, 9, 2, dtype=dtype)).dtype == dtype
