"""Reads audio files in the form that a front end takes."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from nnaudio_runtime.cli.choices import Channels
from nnaudio_runtime.errors import AudioError
from nnaudio_runtime.extras import require
from nnaudio_runtime.files.pcm import to_pcm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Clip:
    """What was read.

    Attributes:
        samples: ``(batch, samples)``, float32 in -1 ... 1 or int16, or an array as it stood in a
            ``.npy``.
        sample_rate: of the samples, in Hz; None for an array.
        remarks: what was done to the file's content, for people.
    """

    samples: NDArray[Any]
    sample_rate: int | None
    remarks: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float | None:
        """Length of the audio."""
        return self.samples.shape[-1] / self.sample_rate if self.sample_rate else None


def read_audio(
    path: Path,
    sample_rate: int | None,
    channels: Channels = Channels.MIX,
    *,
    pcm: bool = False,
) -> Clip:
    """Reads an audio file, or a ``.npy`` array as it is.

    Args:
        path: of the file.
        sample_rate: resample to this rate, in Hz; None leaves it.
        channels: what becomes of several channels.
        pcm: give 16-bit samples.

    Raises:
        OSError: the file is missing or cannot be read.
        AudioError: it is no audio.
        ImportError: soundfile or soxr is missing; the message names the extra.
    """
    with path.open("rb") as file:  # a missing file is an OSError with its name
        if path.suffix == ".npy":
            return Clip(_read_array(path), None)
        soundfile = require("soundfile", "cli")
        try:
            audio, rate = soundfile.read(file, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise AudioError(f"{path} is no audio file: {error.error_string}") from None
    remarks = []
    if audio.shape[1] > 1:
        remarks.append(f"{audio.shape[1]} channels: {_WORDS[channels]}")
        audio = _reduce(audio, channels)
    if sample_rate is None:
        remarks.append(f"taken at its {rate} Hz: the front end does not say its rate")
    elif rate != sample_rate:
        remarks.append(f"resampled from {rate} to {sample_rate} Hz")
        audio = require("soxr", "cli").resample(audio, rate, sample_rate)
        rate = sample_rate
    samples = np.ascontiguousarray(audio.T)
    # A 16-bit file that was neither mixed nor resampled gets its very samples back.
    return Clip(to_pcm(samples) if pcm else samples, rate, remarks)


_WORDS = {
    Channels.MIX: "mixed to one",
    Channels.FIRST: "took the first",
    Channels.BATCH: "each an item of the batch",
}


def _reduce(audio: NDArray[np.float32], channels: Channels) -> NDArray[np.float32]:
    """Reduces ``(samples, channels)`` to what is computed."""
    if channels is Channels.MIX:
        mixed: NDArray[np.float32] = audio.mean(axis=1, keepdims=True, dtype=np.float32)
        return mixed
    return audio[:, :1] if channels is Channels.FIRST else audio


def _read_array(path: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise AudioError(f"{path} is no NumPy array: {error}") from None
    return array


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Lets an error about an input name its file."""
    try:
        yield
    except AudioError as error:
        raise AudioError(f"{path}: {error}") from None
