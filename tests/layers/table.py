"""THE table: one row per configuration of a layer.

The tests of the layers and of the exporters run every property over every row, so that adding a
layer is adding a row. Importing this builds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import librosa
import numpy as np
import torch
from layers import definitions
from layers.definitions import Real, Spectrum
from numpy.typing import NDArray
from signals import SIGNALS

from nnaudio_export import ISTFT, MFCC, STFT, MelSpectrogram
from nnaudio_export.layers.base import Layer

Array = NDArray[np.floating]
PadMode = Literal["reflect", "constant"]
Input = NDArray[np.float32]


@dataclass(frozen=True)
class Row:
    """A layer's configuration, what it must compute, and how closely.

    Attributes:
        id: name of the row.
        make: builds the layer; keyword arguments override, e.g. ``make(trainable=True)``.
        definition: the transform of one item in float64, from :mod:`layers.definitions`.
        tolerance: largest error of the float32 layer against the definition.
        reference: the same transform by another float32 library, of one item; None: there is none.
        reference_tolerance: largest error against it.
        measure: ``"relative"``: max|a - b| / max|b|. ``"circle"``: |exp(ia) - exp(ib)|.
        weight: how much each value of the output of one item counts, 0 ... 1; None: all fully.
        trainable: arguments that make it trainable → the parameters there are then.
        blind_to: signals of which the output holds rounding only, so that nothing is compared.
        bins: of a spectrogram input; None: the input is audio.
        frame: samples of a frame, to make spectrograms from signals.
    """

    id: str
    make: Callable[..., Layer]
    definition: Callable[[Real], Real]
    tolerance: float
    reference: Callable[[Input], Array] | None = None
    reference_tolerance: float = 0.0
    measure: Literal["relative", "circle"] = "relative"
    weight: Callable[[Real], Real] | None = None
    trainable: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    blind_to: tuple[str, ...] = ()
    bins: int | None = None
    frame: int = 0

    @property
    def signals(self) -> tuple[str, ...]:
        """Names of the test signals that the row is compared on."""
        return tuple(name for name in SIGNALS if name not in self.blind_to)

    def example(self, signal: str, length: int, batch: int = 1) -> Input:
        """Input made of a test signal: ``(batch, samples)`` or ``(batch, bins, frames, 2)``.

        Items differ in their loudness, as they do in practice.
        """
        if self.bins is None:
            one = SIGNALS[signal](length)
        else:
            # Consecutive pieces of a signal, which overlap in contradiction once they are frames.
            if signal == "impulse":
                wave = np.tile(SIGNALS[signal](self.frame), (length, 1))
            else:
                wave = SIGNALS[signal](self.frame * length).reshape(length, self.frame)
            one = _full_pairs(np.fft.fft(wave, axis=1).T)[: self.bins].astype(np.float32)
        return np.stack([one * np.float32(0.5**item) for item in range(batch)])

    def error(self, found: Array, expected: Array, item: Input) -> float:
        """Error of the output of one item by the row's measure and weight."""
        assert found.shape == expected.shape, (found.shape, expected.shape)
        a, b = np.asarray(found, np.float64), np.asarray(expected, np.float64)
        assert np.isfinite(a).all()
        if self.measure == "circle":
            difference, scale = np.abs(np.exp(1j * a) - np.exp(1j * b)), np.ones(())
        else:
            difference, scale = np.abs(a - b), np.abs(b)
        weight = 1.0 if self.weight is None else self.weight(item.astype(np.float64))
        return float((difference * weight).max()) / (float((scale * weight).max()) or 1.0)


def _full_pairs(spectrum: NDArray[Any]) -> Real:
    return definitions.as_pairs(np.asarray(spectrum, np.complex128))


# Tolerances of float32 against the float64 definition ------------------------------------------
#
# A frame is a sum of n_fft products, each rounded to 6e-8, so its error grows with n_fft. Measured
# are up to 1.3e-6 at 512 and 3.1e-6 at 2048, both for a chirp: with a tone in the window, all
# products of a bin have one sign. Recordings stay under 2e-6, which test_figures holds.
SUM_512 = 1.5e-6
SUM_2048 = 4e-6
# A square doubles the relative error of a magnitude; the sum over bins averages some of it out.
POWER_512 = 2e-6
POWER_2048 = 4e-6
# A decibel value has an absolute error: 80 dB under the loudest, an error of 1e-7 of the loudest
# magnitude is one of 1e-3 and 0.01 dB. The DCT averages over bands. Measured: 7.4e-6.
DECIBEL = 1e-5
# Without top_db, bands that hold only the rounding of a loud signal count too. Measured: 2e-5.
DECIBEL_OF_ROUNDING = 1e-4


# STFT ------------------------------------------------------------------------------------------

_FORMATS: dict[str, Callable[[Spectrum], Real]] = {
    "Magnitude": lambda spectrum: np.abs(spectrum),
    "Complex": definitions.as_pairs,
    "Phase": definitions.phase,
    "CosSin": definitions.cos_sin,
}


def _stft_row(
    name: str,
    output_format: str,
    *,
    n_fft: int = 256,
    hop: int = 64,
    tolerance: float = SUM_512,
    window: str | tuple[str, float] = "hann",
    win_length: int | None = None,
    center: bool = True,
    pad_mode: PadMode = "reflect",
    freq_scale: str = "no",
    freq_bins: int | None = None,
    fmin: float = 80.0,
    fmax: float = 8000.0,
    sr: float = 22050,
) -> Row:
    frequencies = None
    if freq_scale != "no":
        bins = freq_bins or n_fft // 2 + 1
        frequencies = definitions.spaced_frequencies(freq_scale, bins, fmin, fmax)

    def spectrum(audio: Real) -> Spectrum:
        full = definitions.stft(
            audio,
            n_fft=n_fft,
            hop=hop,
            win_length=win_length,
            window=window,
            center=center,
            pad_mode=pad_mode,
            frequencies=frequencies,
            sr=sr,
        )
        return full[:freq_bins]

    def weight(audio: Real) -> Real:
        # A phase counts by its magnitude; below 1e-4 of the loudest, it is rounding.
        magnitude = np.abs(spectrum(audio))
        relative = magnitude / max(magnitude.max(), 1e-12)
        relative[relative < 1e-4] = 0
        return relative[..., None] if output_format == "CosSin" else relative

    def reference(audio: Input) -> Array:
        full = librosa.stft(
            audio,
            n_fft=n_fft,
            hop_length=hop,
            win_length=win_length,
            window=window,
            center=center,
            pad_mode=pad_mode,
        )
        return _FORMATS[output_format](full[:freq_bins])

    # librosa 0.11 mirrors the end of the audio at the wrong sample with n_fft=2, hop_length=1.
    is_phase = output_format in ("Phase", "CosSin")
    return Row(
        id=f"stft-{name}-{output_format}",
        make=partial(
            STFT,
            n_fft=n_fft,
            win_length=win_length,
            freq_bins=freq_bins,
            hop_length=hop,
            window=window,
            freq_scale=freq_scale,
            center=center,
            pad_mode=pad_mode,
            fmin=fmin,
            fmax=fmax,
            sr=sr,
            output_format=output_format,
            verbose=False,
        ),
        definition=lambda audio: _FORMATS[output_format](spectrum(audio)),
        tolerance=tolerance,
        reference=reference if freq_scale == "no" and n_fft > 2 else None,
        reference_tolerance=2e-6,
        measure="circle" if output_format == "Phase" else "relative",
        weight=weight if is_phase else None,
        trainable={"trainable": ("bank.kernel",)},
    )


STFT_ROWS = (
    *(_stft_row("uniform", output) for output in _FORMATS),
    *(
        _stft_row(scale, output, freq_scale=scale, freq_bins=40)
        for scale in ("linear", "log", "log2")
        for output in _FORMATS
    ),
    _stft_row("default-bins", "Complex", freq_scale="log"),
    _stft_row("2048", "Complex", n_fft=2048, hop=512, tolerance=SUM_2048),
    _stft_row("2048", "Magnitude", n_fft=2048, hop=512, tolerance=SUM_2048),
    _stft_row("win_length", "Complex", n_fft=512, hop=160, win_length=400),
    _stft_row("odd-n_fft", "Complex", n_fft=401, hop=100),
    _stft_row("odd-win_length", "Magnitude", n_fft=512, hop=100, win_length=301),
    _stft_row("freq_bins", "Magnitude", n_fft=512, hop=128, freq_bins=100),
    _stft_row("not-centred", "Complex", n_fft=512, hop=128, center=False),
    _stft_row("zero-padded", "Magnitude", n_fft=512, hop=128, pad_mode="constant"),
    _stft_row("zero-padded-odd", "Complex", n_fft=401, hop=100, pad_mode="constant"),
    _stft_row("hop-no-divisor", "Complex", n_fft=512, hop=150),
    _stft_row("hop-beyond-frame", "Complex", n_fft=128, hop=200),
    _stft_row("kaiser", "Magnitude", n_fft=512, hop=128, window=("kaiser", 14.0)),
    _stft_row("smallest", "Complex", n_fft=2, hop=1, window="boxcar"),
)


# ISTFT -----------------------------------------------------------------------------------------


def _istft_row(
    name: str,
    *,
    n_fft: int = 256,
    hop: int = 64,
    window: str = "hann",
    win_length: int | None = None,
    center: bool = True,
    onesided: bool = True,
    freq_bins: int | None = None,
    length: int | None = None,
    tolerance: float = 2e-6,  # as STFT, and the frames overlap
) -> Row:
    frames = partial(
        definitions.overlap_add,
        n_fft=n_fft,
        hop=hop,
        win_length=win_length,
        window=window,
        center=center,
        full=not onesided,
        length=length,
    )

    def weight(pairs: Real) -> Real:
        # The division by the sum of squared windows magnifies rounding where windows fade out.
        return np.minimum(1.0, np.sqrt(frames(pairs)[1]))

    return Row(
        id=f"istft-{name}",
        make=partial(
            ISTFT,
            n_fft=n_fft,
            win_length=win_length,
            freq_bins=freq_bins,
            hop_length=hop,
            window=window,
            center=center,
            onesided=onesided,
            length=length,
            verbose=False,
        ),
        definition=lambda pairs: frames(pairs)[0],
        tolerance=tolerance,
        # torch.istft refuses windows that are 0 at an end, and takes no full spectrum.
        reference=partial(
            _torch_istft,
            n_fft=n_fft,
            hop=hop,
            win_length=win_length or n_fft,
            window=window,
            center=center,
            length=length,
        )
        if onesided and freq_bins is None and (center or window != "hann")
        else None,
        reference_tolerance=2e-6,
        weight=weight,
        trainable={
            "trainable_kernels": ("overlap_add.kernel",),
            "trainable_window": ("overlap_add.window",),
        },
        bins=(freq_bins or n_fft // 2 + 1) if onesided else n_fft,
        frame=n_fft,
    )


def _torch_istft(
    pairs: Input,
    *,
    n_fft: int,
    hop: int,
    win_length: int,
    window: str,
    center: bool,
    length: int | None,
) -> Array:
    taper = definitions.window_values(window, win_length).astype(np.float32)
    audio = torch.istft(
        torch.view_as_complex(torch.from_numpy(pairs)),
        n_fft,
        hop,
        win_length,
        torch.from_numpy(taper),
        center=center,
        length=length,
    )
    return np.asarray(audio.numpy())


ISTFT_ROWS = (
    _istft_row("one-sided"),
    _istft_row("full", onesided=False),
    _istft_row("2048", n_fft=2048, hop=512, tolerance=SUM_2048),
    _istft_row("length", length=1000),
    _istft_row("win_length", n_fft=512, hop=100, win_length=400),
    _istft_row("odd-n_fft", n_fft=401, hop=100),
    _istft_row("odd-n_fft-full", n_fft=401, hop=100, onesided=False),
    _istft_row("hop-no-divisor", n_fft=512, hop=150),
    _istft_row("not-centred", center=False),
    _istft_row("not-centred-hamming", window="hamming", center=False),
    _istft_row("freq_bins", freq_bins=100),
)


# MelSpectrogram and MFCC -----------------------------------------------------------------------


def _mel_of(
    audio: Real,
    *,
    sr: float,
    n_fft: int,
    hop_length: int,
    win_length: int | None = None,
    window: str = "hann",
    center: bool = True,
    pad_mode: str = "reflect",
    norm: int | str | None = 1,
    **arguments: Any,
) -> Real:
    spectrum = definitions.stft(
        audio,
        n_fft=n_fft,
        hop=hop_length,
        win_length=win_length,
        window=window,
        center=center,
        pad_mode=pad_mode,
    )
    return definitions.mel(spectrum, sr=sr, n_fft=n_fft, area=norm is not None, **arguments)


def _for_librosa(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """librosa's defaults differ from nnAudio's in the padding; its norm is 'slaney'."""
    changed = {"pad_mode": "reflect", **arguments}
    if changed.get("norm") == 1:
        changed["norm"] = "slaney"
    return changed


_MEL_TRAINABLE = {"trainable_mel": ("mel.matrix",), "trainable_STFT": ("stft.bank.kernel",)}


def _mel_row(
    name: str, tolerance: float = POWER_512, blind_to: tuple[str, ...] = (), **changes: Any
) -> Row:
    arguments = {"sr": 22050, "n_fft": 512, "hop_length": 128, "n_mels": 32} | changes

    def reference(audio: Input) -> Array:
        return np.asarray(librosa.feature.melspectrogram(y=audio, **_for_librosa(arguments)))

    return Row(
        id=f"mel-{name}",
        make=partial(MelSpectrogram, verbose=False, **arguments),
        definition=partial(_mel_of, **arguments),
        tolerance=tolerance,
        reference=reference,
        reference_tolerance=3e-6,
        trainable=_MEL_TRAINABLE,
        blind_to=blind_to,
    )


MEL_ROWS = (
    _mel_row("slaney"),
    _mel_row("2048", POWER_2048, n_fft=2048, hop_length=512, n_mels=128),
    _mel_row("htk", htk=True),
    _mel_row("unit-peak", norm=None),
    _mel_row("norm-by-name", norm="slaney", pad_mode="constant"),
    _mel_row("magnitude", power=1.0),
    # Rounding of 1e-7 to the power of 0.6 is no longer small: bins without energy count.
    _mel_row("loudness", 1e-5, blind_to=("dc",), power=0.6),
    # The third power has three times the relative error.
    _mel_row("cube", 3e-6, power=3.0),
    # No filter of the next two reaches down to 0 Hz.
    _mel_row(
        "speech",
        blind_to=("dc",),
        sr=16000,
        n_fft=400,
        hop_length=160,
        n_mels=40,
        fmin=60,
        fmax=7600,
    ),
    _mel_row(
        "htk-unit-peak",
        blind_to=("dc",),
        sr=8000,
        n_mels=20,
        htk=True,
        norm=None,
        fmin=125,
        fmax=3800,
    ),
    _mel_row("not-centred", center=False, win_length=400, hop_length=150, window="hamming"),
    _mel_row("odd-n_fft", n_fft=401, hop_length=100),
)


def _mfcc_row(name: str, tolerance: float = DECIBEL, **changes: Any) -> Row:
    mel: dict[str, Any] = {"sr": 22050, "n_fft": 512, "hop_length": 128, "n_mels": 32} | {
        key: value for key, value in changes.items() if key in ("n_fft", "hop_length", "n_mels")
    }
    level = {key: value for key, value in changes.items() if key in ("ref", "amin", "top_db")}
    n_mfcc = changes.get("n_mfcc", 20)
    norm = changes.get("norm", "ortho")

    def definition(audio: Real) -> Real:
        decibel = definitions.decibel(_mel_of(audio, **mel), **level)
        return definitions.dct(decibel, n_mfcc, ortho=norm == "ortho")

    def reference(audio: Input) -> Array:
        power = librosa.feature.melspectrogram(y=audio, **_for_librosa(mel))
        decibel = librosa.power_to_db(power, **level)
        return np.asarray(librosa.feature.mfcc(S=decibel, n_mfcc=n_mfcc, norm=norm, sr=mel["sr"]))

    return Row(
        id=f"mfcc-{name}",
        make=partial(MFCC, n_mfcc=n_mfcc, norm=norm, verbose=False, **mel, **level),
        definition=definition,
        tolerance=tolerance,
        reference=reference,
        reference_tolerance=tolerance,
        trainable={
            argument: tuple(f"melspec_layer.{name}" for name in names)
            for argument, names in _MEL_TRAINABLE.items()
        },
    )


MFCC_ROWS = (
    _mfcc_row("default"),
    _mfcc_row("2048", n_fft=2048, hop_length=512, n_mels=128),
    _mfcc_row("ref-amin", ref=0.01, amin=1e-5, n_mfcc=13),
    _mfcc_row("top_db-40", top_db=40.0),
    _mfcc_row("top_db-none", DECIBEL_OF_ROUNDING, top_db=None),
    _mfcc_row("plain-dct", norm=None, n_mfcc=32),
)


ROWS: tuple[Row, ...] = (*STFT_ROWS, *ISTFT_ROWS, *MEL_ROWS, *MFCC_ROWS)
