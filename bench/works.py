"""What is computed: one entry per row group of the report. A new row is a new entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Transform = Literal["stft", "complex", "phase", "mel", "mfcc", "istft"]

_TITLES: dict[Transform, str] = {
    "stft": "STFT magnitude",
    "complex": "STFT complex",
    "phase": "STFT phase",
    "mel": "Mel power",
    "mfcc": "MFCC",
    "istft": "ISTFT",
}


@dataclass(frozen=True)
class Work:
    """One transform, its sizes and its input.

    Attributes:
        key: short name, for the command line and file names.
        transform: what is computed.
        sr: sampling rate in Hz.
        n_fft: samples of a frame; the window is a Hann window as long.
        hop_length: samples from one frame to the next.
        n_mels: mel filters, where there are any.
        n_mfcc: coefficients, where there are any.
        batch: items in a batch.
        seconds: of audio in each item.
        quick: part of ``--quick``.
    """

    key: str
    transform: Transform
    sr: int
    n_fft: int
    hop_length: int
    n_mels: int = 0
    n_mfcc: int = 0
    batch: int = 1
    seconds: float = 30.0
    quick: bool = False

    @property
    def title(self) -> str:
        sizes = "/".join(
            str(size) for size in (self.n_fft, self.hop_length, self.n_mels, self.n_mfcc) if size
        )
        return f"{_TITLES[self.transform]} {sizes}, {self.sr / 1000:g} kHz"

    @property
    def amount(self) -> str:
        items = f"{self.batch} * " if self.batch > 1 else ""
        return f"{items}{self.seconds:g} s"

    @property
    def mel_arguments(self) -> dict[str, Any]:
        """The arguments that our MelSpectrogram and librosa's share."""
        return self.stft_arguments | {"sr": self.sr, "n_mels": self.n_mels}

    @property
    def stft_arguments(self) -> dict[str, Any]:
        return {"n_fft": self.n_fft, "hop_length": self.hop_length}


TIMED = (
    Work("stft-2048", "stft", 22050, 2048, 512),
    Work("stft-1024", "stft", 22050, 1024, 256, batch=4, seconds=10.0),
    Work("stft-512", "stft", 22050, 512, 128),
    Work("stft-400", "stft", 16000, 400, 160, quick=True),
    Work("mel-400", "mel", 16000, 400, 160, n_mels=80, quick=True),
    Work("mel-1024", "mel", 22050, 1024, 256, n_mels=80),
    Work("mfcc", "mfcc", 22050, 2048, 512, n_mels=128, n_mfcc=20),
    Work("istft-2048", "istft", 22050, 2048, 512),
)

COMPARED_ONLY = (
    Work("complex-2048", "complex", 22050, 2048, 512),
    Work("phase-2048", "phase", 22050, 2048, 512),
)


def signal(work: Work) -> NDArray[Any]:
    """What the work is done on, the same each time.

    Returns:
        Noise ``(batch, samples)``, float32 in -1 ... 1; for an inverse its spectrogram
        ``(batch, bins, frames)``, complex64.
    """
    shape = (work.batch, round(work.seconds * work.sr))
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, shape).astype(np.float32)
    return spectrogram(work, noise) if work.transform == "istft" else noise


def spectrogram(work: Work, audio: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Textbook STFT: ``(batch, samples)`` → ``(batch, bins, frames)``."""
    half = work.n_fft // 2
    padded = np.pad(audio, [(0, 0), (half, half)], mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, work.n_fft, axis=1)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(work.n_fft) / work.n_fft)
    spectra = np.fft.rfft(frames[:, :: work.hop_length] * window)
    return np.ascontiguousarray(spectra.swapaxes(1, 2).astype(np.complex64))
