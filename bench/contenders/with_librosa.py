"""librosa, called as its users call it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.contenders.contender import Builder, Contender, Job, Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.workloads import Transform

_REFLECT: dict[str, Any] = {"pad_mode": "reflect"}


def _libraries() -> object:
    """Calls everything once: librosa imports and compiles on first use."""
    import librosa

    blip = np.ones(4096, np.float32)
    mfcc = librosa.feature.mfcc(y=blip, sr=16000, n_fft=512)
    return mfcc, librosa.istft(librosa.stft(blip, n_fft=512))


def _call(name: str, first: str, taken: str, **more: Any) -> Builder:
    """A function of librosa on the work's input.

    Args:
        name: of it, from ``librosa`` on.
        first: name of its input.
        taken: names of the work's arguments that it takes.
        **more: its further arguments.
    """

    def build(job: Job) -> Run:
        arguments = {first: job.data, **job.work.pick(*taken.split()), **more}
        function = _function(name)
        if job.work.log:
            return lambda: np.log10(np.maximum(function(**arguments), 1e-10))
        return partial(function, **arguments)

    return build


def _function(name: str) -> Callable[..., Any]:
    import librosa

    function: Any = librosa
    for part in name.split("."):
        function = getattr(function, part)
    return function


def _magnitude(complex_form: Builder) -> Builder:
    def build(job: Job) -> Run:
        run = complex_form(job)
        return lambda: np.abs(run())  # type: ignore[call-overload]

    return build


_MEL = "sr n_fft hop_length n_mels"
_CQT = "sr hop_length fmin n_bins bins_per_octave"

_BUILDERS: dict[Transform, Builder] = {
    "stft": _magnitude(_call("stft", "y", "n_fft hop_length", **_REFLECT)),
    "mel": _call("feature.melspectrogram", "y", _MEL, **_REFLECT),
    "mfcc": _call("feature.mfcc", "y", f"{_MEL} n_mfcc", **_REFLECT),
    "istft": _call("istft", "stft_matrix", "n_fft hop_length"),
    "cqt": _magnitude(_call("cqt", "y", _CQT, **_REFLECT)),
    "vqt": _magnitude(_call("vqt", "y", f"{_CQT} gamma", **_REFLECT)),
    "griffin-lim": _call("griffinlim", "S", "n_fft hop_length n_iter", random_state=0, **_REFLECT),
    "inverse-mel": _call("feature.inverse.mel_to_stft", "M", "sr n_fft"),
    "icqt": _call("icqt", "C", "sr hop_length fmin"),
}

LIBROSA = Contender("librosa", _libraries, _BUILDERS)
