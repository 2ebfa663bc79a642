"""What librosa 0.11 defines, in float32 or in float64 all through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.workloads import Workload


def features(work: Workload, audio: NDArray[Any]) -> NDArray[Any]:
    """Features of ``(samples,)`` in the precision of ``audio``, ``(bins, frames)``.

    Complex spectra get a last axis of 2.
    """
    import librosa

    if work.transform in ("stft", "complex", "phase"):
        spectrum: NDArray[Any] = librosa.stft(audio, **work.framing, pad_mode="reflect")
        if work.transform == "complex":
            return np.stack([np.real(spectrum), np.imag(spectrum)], axis=-1)
        return np.asarray(np.abs(spectrum) if work.transform == "stft" else np.angle(spectrum))
    arguments = work.pick("sr", "n_fft", "hop_length", "n_mels")
    mel = librosa.feature.melspectrogram(
        y=audio, **arguments, pad_mode="reflect", dtype=audio.dtype
    )
    if work.transform == "mel":
        return np.asarray(mel)
    n_mfcc = work.arguments["n_mfcc"]
    return np.asarray(librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=n_mfcc))
