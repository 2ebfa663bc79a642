"""librosa, called as its users call it."""

from __future__ import annotations

import numpy as np

from bench.contenders.contender import Contender, Job, Run


def _libraries() -> object:
    """Calls everything once: librosa imports and compiles on first use."""
    import librosa

    blip = np.ones(4096, np.float32)
    mfcc = librosa.feature.mfcc(y=blip, sr=16000, n_fft=512)
    return mfcc, librosa.istft(librosa.stft(blip, n_fft=512))


def _stft(job: Job) -> Run:
    import librosa

    arguments = job.work.stft_arguments
    return lambda: np.abs(librosa.stft(job.data, **arguments, pad_mode="reflect"))


def _mel(job: Job) -> Run:
    import librosa

    arguments = job.work.mel_arguments
    return lambda: librosa.feature.melspectrogram(y=job.data, **arguments, pad_mode="reflect")


def _mfcc(job: Job) -> Run:
    import librosa

    arguments = job.work.mel_arguments
    n_mfcc = job.work.n_mfcc
    return lambda: librosa.feature.mfcc(y=job.data, n_mfcc=n_mfcc, **arguments, pad_mode="reflect")


def _istft(job: Job) -> Run:
    import librosa

    arguments = job.work.stft_arguments
    return lambda: librosa.istft(job.data, **arguments)


LIBROSA = Contender(
    "librosa", _libraries, {"stft": _stft, "mel": _mel, "mfcc": _mfcc, "istft": _istft}
)
