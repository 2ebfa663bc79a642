"""Errors of our three forms on the shipped recordings, each with its limit."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from bench.comparing import error_of_range, error_on_circle, relative_error
from bench.contenders import ours
from bench.contenders.contender import Contender, Job, real_pair, to_numpy
from bench.definitions import features
from bench.inputs import given, spectrogram
from bench.recordings import recordings
from bench.workloads import COMPARED_ONLY, Transform, Workload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Array = NDArray[Any]
Errors = dict[str, float]

_FORMS = {"eager": ours.EAGER, "TorchScript": ours.TORCHSCRIPT, "ONNX": ours.ONNX}
_STFT_LIMIT = 2e-6
_AUDIBLE = 1e-4  # of the largest magnitude; below, the phase is rounding
# Against librosa's definitions.
_LIMITS: dict[Transform, float] = {
    "stft": _STFT_LIMIT,
    "complex": _STFT_LIMIT,
    # An error of the STFT's limit turns the weakest bin that counts by this angle.
    "phase": _STFT_LIMIT / _AUDIBLE,
    "mel": 3e-6,
    "mfcc": 1e-5,
    "istft": 2e-6,
}
_LONGEST = 8.0  # seconds that a dense constant-Q transform in float64 takes in a moment


@dataclass
class Row:
    """One figure: an error of each form, the largest over recordings, and its limit."""

    what: str
    against: str
    limit: float
    errors: Errors = field(default_factory=dict)

    def note(self, form: str, error: float) -> None:
        self.errors[form] = max(error, self.errors.get(form, 0.0))


def measure(workloads: Sequence[Workload], folder: Path) -> list[dict[str, Any]]:
    """The rows as dictionaries: against the definitions, then against eager in float64."""
    audio = recordings()
    rows: list[Row] = []
    for work in workloads:
        if work.transform == "istft":
            rows += _inverse(work, folder, audio)
        elif work.transform in _LIMITS and not work.log:
            rows += _against_librosa(work, folder, audio)
    rows += [_against_eager(work, folder, audio) for work in workloads if work.parity is not None]
    return [asdict(row) for row in rows]


def _against_librosa(work: Workload, folder: Path, audio: dict[str, Array]) -> list[Row]:
    rows = {
        precision: Row(work.title, f"librosa, {precision.__name__}", _LIMITS[work.transform])
        for precision in (np.float32, np.float64)
    }
    for samples in audio.values():
        results = {form: _run(c, work, folder, samples[None])[0] for form, c in _FORMS.items()}
        error = _measure_of(work, samples)
        for precision, row in rows.items():
            exact = features(work, samples.astype(precision))
            for form, result in results.items():
                row.note(form, error(result, exact))
    return list(rows.values())


def _inverse(work: Workload, folder: Path, audio: dict[str, Array]) -> list[Row]:
    window = torch.hann_window(work.n_fft)
    limit = _LIMITS["istft"]
    inverse = Row(work.title, "torch.istft", limit)
    there_and_back = Row(f"STFT, then {work.title}", "the signal", limit)
    forward = next(other for other in COMPARED_ONLY if other.transform == "complex")
    for samples in audio.values():
        spectrum = spectrogram(work, samples[None])
        exact = torch.istft(torch.from_numpy(spectrum), **work.framing, window=window)
        for form, contender in _FORMS.items():
            result = _run(contender, work, folder, spectrum)
            inverse.note(form, relative_error(result, exact.numpy()))
            own = np.ascontiguousarray(_run(contender, forward, folder, samples[None]))
            back = _run(contender, work, folder, own.view(np.complex64)[..., 0])
            there_and_back.note(form, relative_error(back[0], samples[: back.shape[1]]))
    return [inverse, there_and_back]


def _against_eager(work: Workload, folder: Path, audio: dict[str, Array]) -> Row:
    """At lengths and batches that no export has traced, cut out of the recordings."""
    assert work.parity is not None
    row = Row(work.title, "our textbook layer in float64, other lengths and batches", work.parity)
    samples = np.concatenate(list(audio.values()))[: round(_LONGEST * work.sr)]
    exact_layer = ours.layer_of(work).double()
    shortest = _shortest(work)
    for batch, length in ((1, shortest), (2, shortest + 7919), (1, len(samples))):
        starts = np.linspace(0, len(samples) - length, batch).astype(int)
        data = np.stack([samples[start : start + length] for start in starts])
        taken = given(work, data, folder)
        with torch.inference_mode():
            exact = to_numpy(exact_layer(torch.from_numpy(real_pair(taken)).double()))
        error, counts = _measure_of(work, data), _weight(work, taken)
        for form, contender in _FORMS.items():
            result = _run(contender, work, folder, taken)
            row.note(form, error(result * counts, exact * counts))
    return row


def _weight(work: Workload, taken: Array) -> Array | float:
    """How much each value counts, by the layer's own description; phases have a measure."""
    spec = ours.layer_of(work).describe()  # type: ignore[operator]
    if spec.weight is None or work.transform == "phase":
        return 1.0
    return to_numpy(spec.weight(torch.from_numpy(real_pair(taken))))


def _shortest(work: Workload) -> int:
    """Samples of the shortest audio whose transform the layer takes."""
    spec = ours.layer_of(work).describe()  # type: ignore[operator]
    if work.given == "audio":
        return int(spec.min_length)
    hop = int(work.arguments.get("hop_length", work.arguments.get("n_fft", 0) // 4))
    if work.given == "cqt":  # reflection needs half a wavelet, which its own description has
        return max(int(spec.min_length) * hop, 8192)
    return max(int(spec.min_length) * hop, work.n_fft)


def _measure_of(work: Workload, samples: Array) -> Callable[[Array, Array], float]:
    """How the errors of a transform count."""
    if work.transform == "phase":
        magnitude = np.abs(spectrogram(work, np.atleast_2d(samples)))
        magnitude = magnitude.reshape(samples.shape[:-1] + magnitude.shape[1:])
        return lambda phase, exact: error_on_circle(phase, exact, magnitude, _AUDIBLE)
    return error_of_range if work.transform == "mfcc" else relative_error


def _run(contender: Contender, work: Workload, folder: Path, data: Array) -> Array:
    return to_numpy(contender.build(Job(work, data, folder, threads=1))())
