"""What each work is done on: the same each time, and written once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.contenders.matrices import mel_matrix
from bench.recordings import recordings

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from bench.workloads import Workload


def write_input(work: Workload, folder: Path) -> None:
    """Writes the input; the matrices of the work lie there already."""
    np.save(_path(work, folder), given(work, _audio(work), folder))


def read_input(work: Workload, folder: Path) -> NDArray[Any]:
    """What :func:`given` returns."""
    loaded: NDArray[Any] = np.load(_path(work, folder))
    return loaded


def given(work: Workload, audio: NDArray[np.float32], folder: Path) -> NDArray[Any]:
    """What a layer takes, out of audio ``(batch, samples)``.

    Returns:
        The audio, float32, or its spectrogram ``(batch, bins, frames)``, float32 or complex64.
    """
    if work.given == "audio":
        return audio
    if work.given == "cqt":
        return constant_q(work, audio)
    spectrum = spectrogram(work, audio)
    if work.given == "complex":
        return spectrum
    if work.given == "magnitude":
        return np.abs(spectrum)
    return mel_matrix(work, folder) @ np.abs(spectrum) ** 2


def spectrogram(work: Workload, audio: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Textbook STFT: ``(batch, samples)`` → ``(batch, bins, frames)``."""
    n_fft = work.n_fft
    hop = work.arguments.get("hop_length", n_fft // 4)
    padded = np.pad(audio, [(0, 0), (n_fft // 2, n_fft // 2)], mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft, axis=1)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    spectra = np.fft.rfft(frames[:, ::hop] * window)
    return np.ascontiguousarray(spectra.swapaxes(1, 2).astype(np.complex64))


def constant_q(work: Workload, audio: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Our dense transform with the arguments of the inverse."""
    import torch

    from nnaudio_export import CQT1992v2

    arguments = work.pick("sr", "hop_length", "fmin", "n_bins", "bins_per_octave")
    with torch.inference_mode():
        pair = CQT1992v2(**arguments, output_format="Complex")(
            torch.from_numpy(audio.astype(np.float32, copy=False))
        )
    return np.ascontiguousarray(pair.numpy()).view(np.complex64)[..., 0]


def _audio(work: Workload) -> NDArray[np.float32]:
    """Noise; recordings where more than one answer is right, so that noise is no fair question."""
    shape = (work.batch, round(work.seconds * work.sr))
    if work.consistent is None:
        return np.random.default_rng(0).uniform(-0.5, 0.5, shape).astype(np.float32)
    return np.resize(np.concatenate(list(recordings().values())), shape)


def _path(work: Workload, folder: Path) -> Path:
    return folder / f"{work.key}.input.npy"
