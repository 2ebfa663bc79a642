"""What is computed: one entry per row group of the report. A new work is a new entry.

It names our layer and its arguments. A contender that knows the transform takes part, see the
modules of :mod:`bench.contenders`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Transform = Literal[
    "stft",
    "complex",
    "phase",
    "mel",
    "mfcc",
    "gammatone",
    "cfp",
    "istft",
    "cqt",
    "vqt",
    "griffin-lim",
    "inverse-mel",
    "icqt",
]
Input = Literal["audio", "complex", "magnitude", "mel", "cqt"]


@dataclass(frozen=True)
class Similar:
    """A contender that computes something a little different.

    Attributes:
        limit: largest difference from the reference, of its largest value.
        reason: for it, in words.
    """

    limit: float
    reason: str


@dataclass(frozen=True)
class Workload:
    """One layer, its arguments and its input.

    Attributes:
        key: short name, for the command line and file names.
        title: for the report, with the sizes.
        transform: what is computed, by which contenders know it.
        layer: our class.
        arguments: of our class; nnAudio2's take the same, but for those in ``only_ours``.
        only_ours: names of arguments that only our class has.
        log: the logarithm to base 10 behind it, of values from 1e-10 on.
        given: what the layer takes.
        batch: items in a batch.
        seconds: of audio in each item.
        reference: contender that the others are compared with.
        similar: contender -> how far it may be from the reference, and why.
        consistent: for an inverse that has more than one right answer: the largest distance, of
            the norm, of the result's own transform from what was given. There is no reference.
        parity: largest error on the recordings against the textbook layer in float64; None where
            a value says nothing.
        without: contenders that are left out.
        quick: part of ``--quick``.
    """

    key: str
    title: str
    transform: Transform
    layer: str
    arguments: Mapping[str, Any] = field(hash=False)
    only_ours: tuple[str, ...] = ()
    log: bool = False
    given: Input = "audio"
    batch: int = 1
    seconds: float = 30.0
    reference: str = "PyTorch"
    similar: Mapping[str, Similar] = field(default_factory=dict, hash=False)
    consistent: float | None = None
    parity: float | None = 3e-6
    without: tuple[str, ...] = ()
    quick: bool = False

    @property
    def sr(self) -> int:
        rate = self.arguments.get("sr") or self.arguments["fs"]  # as CFP calls it
        return int(rate)

    @property
    def n_fft(self) -> int:
        return int(self.arguments["n_fft"])

    @property
    def amount(self) -> str:
        items = f"{self.batch} * " if self.batch > 1 else ""
        return f"{items}{self.seconds:g} s"

    @property
    def framing(self) -> dict[str, Any]:
        """The arguments that every STFT takes."""
        return self.pick("n_fft", "hop_length")

    def pick(self, *names: str) -> dict[str, Any]:
        """Those of the arguments that are given."""
        return {name: self.arguments[name] for name in names if name in self.arguments}


def _stft(n_fft: int, hop_length: int, sr: int = 22050, form: str = "Magnitude") -> dict[str, Any]:
    return {"sr": sr, "n_fft": n_fft, "hop_length": hop_length, "output_format": form}


def _mel(n_fft: int, hop_length: int, n_mels: int, sr: int = 22050) -> dict[str, Any]:
    return {"sr": sr, "n_fft": n_fft, "hop_length": hop_length, "n_mels": n_mels}


_MEL_400 = _mel(400, 160, 80, 16000)
_CQT = {"sr": 22050, "hop_length": 512, "fmin": 32.70319566257483, "n_bins": 84}
_OF_LIBROSA = (
    "has its windows half a sample later, at the rate of each octave, and mirrors the ends of each "
    "octave's own resampled audio, which the first and last frames show"
)
_OCTAVES = {
    "librosa": Similar(0.3, _OF_LIBROSA),
    "nnAudio2, eager": Similar(
        0.5,
        "goes from octave to octave by a coarse filter, has wavelets of other lengths, and pads "
        "anew in every octave",
    ),
}
# Where the textbook form is the only one, or is not asked for.
_WITHOUT_TEXTBOOK = ("ours, textbook ONNX",)
# No bin whose wavelets are shorter than two frames, so that the transform has an inverse.
_INVERTIBLE = {"sr": 22050, "hop_length": 64, "fmin": 110.0, "n_bins": 60}

TIMED = (
    Workload("stft-2048", "STFT magnitude 2048/512, 22.05 kHz", "stft", "STFT", _stft(2048, 512)),
    Workload(
        "stft-1024",
        "STFT magnitude 1024/256, 22.05 kHz",
        "stft",
        "STFT",
        _stft(1024, 256),
        batch=4,
        seconds=10.0,
    ),
    Workload("stft-512", "STFT magnitude 512/128, 22.05 kHz", "stft", "STFT", _stft(512, 128)),
    Workload(
        "stft-400",
        "STFT magnitude 400/160, 16 kHz",
        "stft",
        "STFT",
        _stft(400, 160, 16000),
        quick=True,
    ),
    Workload(
        "mel-400",
        "Mel power, log10, 400/160/80, 16 kHz",
        "mel",
        "MelSpectrogram",
        _MEL_400,
        log=True,
        similar={
            "ONNX STFT op": Similar(
                2e-3,
                "loses 3e-5 of the largest power where n_fft is no power of two, which the "
                "logarithm magnifies",
            )
        },
        parity=None,  # the logarithm of what is not there; the powers are compared below
        quick=True,
    ),
    Workload(
        "mel-1024", "Mel power 1024/256/80, 22.05 kHz", "mel", "MelSpectrogram", _mel(1024, 256, 80)
    ),
    Workload(
        "mfcc",
        "MFCC 2048/512/128/20, 22.05 kHz",
        "mfcc",
        "MFCC",
        _mel(2048, 512, 128) | {"n_mfcc": 20},
    ),
    Workload(
        "gammatone",
        "Gammatonegram 2048/512/64, 22.05 kHz",
        "gammatone",
        "Gammatonegram",
        {"sr": 22050, "n_fft": 2048, "hop_length": 512, "n_bins": 64},
        reference="ours, eager",
    ),
    Workload(
        "cfp",
        "CFP 2049/320, 16 kHz",
        "cfp",
        "CFP",
        {"fs": 16000, "hop_length": 320, "window_size": 2049},
        seconds=10.0,
        reference="ours, eager",
        # Between partials there is rounding, which the power of 0.24 magnifies: float32 is 1e-3
        # away from float64 in eager mode too.
        parity=2e-3,
        without=_WITHOUT_TEXTBOOK,
    ),
    Workload(
        "istft-2048",
        "ISTFT 2048/512, 22.05 kHz",
        "istft",
        "ISTFT",
        {"sr": 22050, "n_fft": 2048, "hop_length": 512},
        given="complex",
    ),
    Workload(
        "cqt",
        "CQT 84 bins, hop 512, 22.05 kHz",
        "cqt",
        "CQT1992v2",
        _CQT,
        reference="ours, eager",
        similar=_OCTAVES
        | {"nnAudio2, eager": Similar(0.05, "has another Q, so wavelets of other lengths")},
        parity=1e-5,
    ),
    Workload(
        "vqt",
        "VQT 84 bins, gamma 20, hop 512, 22.05 kHz",
        "vqt",
        "VQT",
        _CQT | {"gamma": 20},
        reference="ours, eager",
        similar=_OCTAVES,
        parity=1e-5,
    ),
    Workload(
        "cqt2010v2",
        "CQT2010v2 84 bins, hop 512, 22.05 kHz",
        "cqt",
        "CQT2010v2",
        _CQT,
        reference="ours, eager",
        similar=_OCTAVES,
        parity=1e-5,
    ),
    Workload(
        "griffin-lim",
        "Griffin-Lim 2048/512, 32 iterations, 22.05 kHz",
        "griffin-lim",
        "GriffinLim",
        {"sr": 22050, "n_fft": 2048, "hop_length": 512, "n_iter": 32},
        only_ours=("sr",),
        given="magnitude",
        seconds=10.0,
        reference="librosa",
        consistent=0.2,
        parity=None,  # it magnifies rounding: two right answers are 1e-2 apart
        without=(
            "ours, eager",
            "ours, textbook ONNX",
            "ours, TorchScript",
        ),  # long exports, or calls
    ),
    Workload(
        "inverse-mel",
        "Inverse mel 1024/80, 32 iterations, 22.05 kHz",
        "inverse-mel",
        "InverseMel",
        {"sr": 22050, "n_fft": 1024, "n_mels": 80, "n_iter": 32},
        given="mel",
        seconds=5.0,
        reference="ours, eager",
        consistent=0.1,
        parity=1e-5,
        without=_WITHOUT_TEXTBOOK,
    ),
    Workload(
        "icqt",
        "ICQT 60 bins, hop 64, 8 iterations, 22.05 kHz",
        "icqt",
        "ICQT",
        _INVERTIBLE | {"n_iter": 8},
        only_ours=("n_iter",),
        given="cqt",
        seconds=2.0,
        reference="ours, eager",
        consistent=0.1,
        parity=1e-5,
        without=_WITHOUT_TEXTBOOK,
    ),
)

# Of accuracy alone; none is timed.
COMPARED_ONLY = (
    Workload(
        "mel-power-400",
        "Mel power 400/160/80, 16 kHz",
        "mel",
        "MelSpectrogram",
        _MEL_400,
        without=_WITHOUT_TEXTBOOK,
    ),
    Workload(
        "complex-2048",
        "STFT complex 2048/512, 22.05 kHz",
        "complex",
        "STFT",
        _stft(2048, 512, form="Complex"),
        without=_WITHOUT_TEXTBOOK,
    ),
    Workload(
        "phase-2048",
        "STFT phase 2048/512, 22.05 kHz",
        "phase",
        "STFT",
        _stft(2048, 512, form="Phase"),
        parity=2e-2,  # in radians: the angle by which an error of 2e-6 turns the weakest bin
        without=_WITHOUT_TEXTBOOK,
    ),
)
