"""Errors of our three forms on the shipped recordings, each with its limit."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bench.comparing import error_of_range, error_on_circle, relative_error
from bench.contenders import ours
from bench.contenders.contender import Contender, Job, to_numpy
from bench.definitions import features
from bench.recordings import recordings
from bench.works import Transform, Work, spectrogram

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Array = NDArray[Any]
Errors = dict[str, float]

_FORMS = {"eager": ours.EAGER, "TorchScript": ours.TORCHSCRIPT, "ONNX": ours.ONNX}
_STFT_LIMIT = 2e-6
_LIMITS: dict[Transform, float] = {
    "stft": _STFT_LIMIT,
    "complex": _STFT_LIMIT,
    "mel": 3e-6,
    "mfcc": 1e-5,
    "istft": 2e-6,
}
_AUDIBLE = 1e-4  # of the largest magnitude; below, the phase is rounding
# An error of the STFT's limit turns the weakest bin that counts by this angle.
_LIMITS["phase"] = _STFT_LIMIT / _AUDIBLE
_EAGER_LIMIT = 3e-6


@dataclass
class Row:
    """One figure: an error of each form, the largest over recordings, and its limit."""

    what: str
    against: str
    limit: float
    errors: Errors = field(default_factory=dict)

    def note(self, form: str, error: float) -> None:
        self.errors[form] = max(error, self.errors.get(form, 0.0))


def measure(works: Sequence[Work], folder: Path) -> list[dict[str, Any]]:
    """The rows as dictionaries: against the definitions, then of the exports against eager."""
    audio = recordings()
    rows: list[Row] = []
    for work in works:
        if work.transform == "istft":
            rows += _inverse(work, folder, audio)
        else:
            rows += _against_librosa(work, folder, audio)
    rows += [_exports_against_eager(work, folder, audio) for work in works]
    return [asdict(row) for row in rows]


def _against_librosa(work: Work, folder: Path, audio: dict[str, Array]) -> list[Row]:
    rows = {
        precision: Row(work.title, f"librosa, {precision.__name__}", _LIMITS[work.transform])
        for precision in (np.float32, np.float64)
    }
    for samples in audio.values():
        given = {form: _run(c, work, folder, samples[None])[0] for form, c in _FORMS.items()}
        error = _measure_of(work, samples)
        for precision, row in rows.items():
            exact = features(work, samples.astype(precision))
            for form, result in given.items():
                row.note(form, error(result, exact))
    return list(rows.values())


def _inverse(work: Work, folder: Path, audio: dict[str, Array]) -> list[Row]:
    import torch

    window = torch.hann_window(work.n_fft)
    limit = _LIMITS["istft"]
    inverse = Row(work.title, "torch.istft", limit)
    there_and_back = Row(f"STFT, then {work.title}", "the signal", limit)
    forward = Work("complex-2048", "complex", work.sr, work.n_fft, work.hop_length)
    for samples in audio.values():
        spectrum = spectrogram(work, samples[None])
        exact = torch.istft(torch.from_numpy(spectrum), **work.stft_arguments, window=window)
        for form, contender in _FORMS.items():
            given = _run(contender, work, folder, spectrum)
            inverse.note(form, relative_error(given, exact.numpy()))
            own = np.ascontiguousarray(_run(contender, forward, folder, samples[None]))
            back = _run(contender, work, folder, own.view(np.complex64)[..., 0])
            there_and_back.note(form, relative_error(back[0], samples[: back.shape[1]]))
    return [inverse, there_and_back]


def _exports_against_eager(work: Work, folder: Path, audio: dict[str, Array]) -> Row:
    """At lengths and batches that no export has traced, cut out of the recordings."""
    limit = _LIMITS["phase"] if work.transform == "phase" else _EAGER_LIMIT
    row = Row(work.title, "eager, other lengths and batches", limit)
    samples = np.concatenate(list(audio.values()))
    for batch, length in ((1, work.n_fft // 2 + 1), (2, 7919), (3, 44100), (1, len(samples))):
        starts = np.linspace(0, len(samples) - length, batch).astype(int)
        data = np.stack([samples[start : start + length] for start in starts])
        given = spectrogram(work, data) if work.transform == "istft" else data
        if work.transform == "istft" and given.shape[2] < 2:
            continue
        eager = _run(ours.EAGER, work, folder, given)
        error = _measure_of(work, data)
        for form, contender in _FORMS.items():
            if contender is not ours.EAGER:
                row.note(form, error(_run(contender, work, folder, given), eager))
    return row


def _measure_of(work: Work, samples: Array) -> Callable[[Array, Array], float]:
    """How the errors of a transform count."""
    if work.transform == "phase":
        magnitude = np.abs(spectrogram(work, np.atleast_2d(samples)))
        magnitude = magnitude.reshape(samples.shape[:-1] + magnitude.shape[1:])
        return lambda phase, exact: error_on_circle(phase, exact, magnitude, _AUDIBLE)
    return error_of_range if work.transform == "mfcc" else relative_error


def _run(contender: Contender, work: Work, folder: Path, data: Array) -> Array:
    return to_numpy(contender.build(Job(work, data, folder, threads=1))())
