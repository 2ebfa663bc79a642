"""Every refusal names the argument or the input, its value, and what would be right."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from layers.table import ROWS, Row

from nnaudio_export import (
    CQT,
    CQT1992,
    CQT2010,
    ICQT,
    ISTFT,
    MFCC,
    STFT,
    VQT,
    CQT2010v2,
    GriffinLim,
    InverseMel,
    MelSpectrogram,
)

ARGUMENTS: list[tuple[Any, dict[str, Any], str]] = [
    (STFT, {"hop_length": 0}, "hop_length=0: must be a whole number of at least 1"),
    (STFT, {"hop_length": -5}, "hop_length=-5: must be a whole number of at least 1"),
    (STFT, {"hop_length": 2.5}, "hop_length=2.5: must be a whole number of at least 1"),
    (STFT, {"hop_length": True}, "hop_length=True: must be a whole number"),
    (STFT, {"n_fft": 1}, "n_fft=1: must be a whole number of at least 2"),
    (STFT, {"n_fft": "512"}, "n_fft='512': must be a whole number of at least 2"),
    (
        STFT,
        {"n_fft": 512, "win_length": 513},
        "win_length=513: must be a whole number from 1 to 512",
    ),
    (STFT, {"win_length": 0}, "win_length=0: must be a whole number from 1"),
    (STFT, {"n_fft": 512, "freq_bins": 258}, "freq_bins=258: must be a whole number from 1 to 257"),
    (STFT, {"freq_bins": 0}, "freq_bins=0: must be a whole number"),
    (STFT, {"window": "hannn"}, "window='hannn': scipy.signal.get_window refuses it"),
    (STFT, {"window": "kaiser"}, "window='kaiser': scipy.signal.get_window refuses it"),
    (STFT, {"window": None}, "window=None: scipy.signal.get_window refuses it"),
    (STFT, {"window": ()}, "window=(): scipy.signal.get_window refuses it"),
    (STFT, {"window": ("kaiser", "x")}, "window=('kaiser', 'x'): scipy.signal.get_window"),
    (STFT, {"pad_mode": "circular"}, "pad_mode='circular': must be one of 'reflect', 'constant'"),
    (
        STFT,
        {"output_format": "magnitude"},
        "output_format='magnitude': must be one of 'Magnitude', 'Complex', 'Phase', 'CosSin'",
    ),
    (STFT, {"freq_scale": "mel"}, "freq_scale='mel': must be one of 'no', 'linear', 'log', 'log2'"),
    (
        STFT,
        {"freq_scale": "log", "sr": 8000},
        "fmax=6000: must be at most 4000 Hz, half of sr=8000",
    ),
    (STFT, {"freq_scale": "log", "fmin": 0}, "fmin=0: must be a finite number above 0"),
    (STFT, {"freq_scale": "linear", "fmin": -1}, "fmin=-1: must be a finite number of at least 0"),
    (STFT, {"freq_scale": "log", "fmin": 6000}, "fmin=6000: must be below fmax=6000"),
    (
        STFT,
        {"freq_scale": "log", "iSTFT": True},
        "iSTFT=True with freq_scale='log': only the uniform bins",
    ),
    (STFT, {"sr": 0}, "sr=0: must be a finite number above 0"),
    (STFT, {"sr": float("nan")}, "sr=nan: must be a finite number above 0"),
    (ISTFT, {"hop_length": 0}, "hop_length=0: must be a whole number of at least 1"),
    (ISTFT, {"n_fft": 1}, "n_fft=1: must be a whole number of at least 2"),
    (
        ISTFT,
        {"n_fft": 512, "freq_bins": 513},
        "freq_bins=513: must be a whole number from 1 to 512",
    ),
    (ISTFT, {"freq_scale": "log"}, "freq_scale='log': only the uniform bins of 'no'"),
    (ISTFT, {"length": 0}, "length=0: must be a whole number of at least 1"),
    (ISTFT, {"window": "hannn"}, "window='hannn': scipy.signal.get_window refuses it"),
    (
        MelSpectrogram,
        {"sr": 16000, "fmax": 8001},
        "fmax=8001: must be at most 8000 Hz, half of sr=16000",
    ),
    (MelSpectrogram, {"fmin": 8000, "fmax": 4000}, "fmin=8000: must be below fmax=4000"),
    (MelSpectrogram, {"fmax": 0}, "fmax=0: must be a finite number above 0"),
    (MelSpectrogram, {"n_mels": 0}, "n_mels=0: must be a whole number of at least 1"),
    (MelSpectrogram, {"power": 0}, "power=0: must be a finite number above 0"),
    (MelSpectrogram, {"norm": 2}, "norm=2: must be one of 1, 'slaney', None"),
    (MelSpectrogram, {"sr": -1}, "sr=-1: must be a finite number above 0"),
    (MelSpectrogram, {"freq_scale": "log"}, "freq_scale='log': must be one of 'no'"),
    (MelSpectrogram, {"hop_length": 0}, "hop_length=0: must be a whole number of at least 1"),
    (MFCC, {"n_mfcc": 129}, "n_mfcc=129: must be a whole number from 1 to 128"),
    (MFCC, {"n_mfcc": 21, "n_mels": 20}, "n_mfcc=21: must be a whole number from 1 to 20"),
    (MFCC, {"norm": "slaney"}, "norm='slaney': must be one of 'ortho', None"),
    (MFCC, {"amin": 0}, "amin=0: must be a finite number above 0"),
    (MFCC, {"ref": "max"}, "ref='max': must be a finite number"),
    (MFCC, {"top_db": -1}, "top_db=-1: must be a finite number of at least 0"),
    (CQT, {"hop_length": 0}, "hop_length=0: must be a whole number of at least 1"),
    (CQT, {"fmin": 0}, "fmin=0: must be a finite number above 0"),
    (CQT, {"fmin": 12000}, "fmin=12000: must be at most 11025 Hz, half of sr=22050"),
    (CQT, {"fmax": 32}, "fmax=32: must be above fmin=32.7"),
    (
        CQT,
        {"n_bins": 102},
        "n_bins=102: the highest bin, 11174 Hz, is above half of sr=22050; with fmin=32.7 and "
        "bins_per_octave=12, n_bins must be at most 101",
    ),
    (
        CQT,
        {"fmax": 12000},
        "fmax=12000, which asks for 103 bins: the highest bin, 11839 Hz, is above half of sr=22050",
    ),
    (CQT, {"n_bins": None}, "n_bins=None: must be a whole number of at least 1"),
    (CQT, {"bins_per_octave": 0}, "bins_per_octave=0: must be a whole number of at least 1"),
    (CQT, {"filter_scale": 0}, "filter_scale=0: must be a finite number above 0"),
    (CQT, {"norm": -1}, "norm=-1: must be a finite number above 0"),
    (CQT, {"window": "hannn"}, "window='hannn': scipy.signal.get_window refuses it"),
    (CQT, {"pad_mode": "wrap"}, "pad_mode='wrap': must be one of 'reflect', 'constant'"),
    (CQT, {"output_format": "Power"}, "output_format='Power': must be one of 'Magnitude'"),
    (
        CQT,
        {"normalization_type": "max"},
        "normalization_type='max': must be one of 'librosa', 'convolutional', 'wrap'",
    ),
    (CQT1992, {"n_bins": 84}, "n_bins=84: the highest bin, 26580 Hz, is above half of sr=22050"),
    (VQT, {"gamma": -1}, "gamma=-1: must be a finite number of at least 0"),
    (VQT, {"basis_norm": -1}, "basis_norm=-1: must be a finite number above 0"),
    (CQT2010v2, {"hop_length": 2.5}, "hop_length=2.5: must be a whole number of at least 1"),
    (CQT2010, {"sr": 0}, "sr=0: must be a finite number above 0"),
    (GriffinLim, {"n_fft": 1}, "n_fft=1: must be a whole number of at least 2"),
    (GriffinLim, {"n_fft": 512, "n_iter": -1}, "n_iter=-1: must be a whole number of at least 0"),
    (
        GriffinLim,
        {"n_fft": 512, "momentum": -0.1},
        "momentum=-0.1: must be a finite number of at least 0",
    ),
    (GriffinLim, {"n_fft": 512, "pad_mode": "edge"}, "pad_mode='edge': must be one of 'reflect'"),
    (GriffinLim, {"n_fft": 512, "length": 0}, "length=0: must be a whole number of at least 1"),
    (InverseMel, {"power": 0}, "power=0: must be a finite number above 0"),
    (InverseMel, {"norm": 2}, "norm=2: must be one of 1, 'slaney', None"),
    (InverseMel, {"n_iter": 1.5}, "n_iter=1.5: must be a whole number of at least 0"),
    (InverseMel, {"sr": 16000, "fmax": 8001}, "fmax=8001: must be at most 8000 Hz"),
    (ICQT, {"n_iter": 0}, "n_iter=0: must be a whole number of at least 1"),
    (ICQT, {"pad_mode": "edge"}, "pad_mode='edge': must be one of 'reflect', 'constant'"),
    (ICQT, {"normalization_type": "l2"}, "normalization_type='l2': must be one of 'librosa'"),
    (MFCC, {"fmax": 20000}, "fmax=20000: must be at most 11025 Hz, half of sr=22050"),
]


@pytest.mark.parametrize(("make", "arguments", "message"), ARGUMENTS, ids=str)
def test_argument(make: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        make(verbose=False, **arguments)


def test_output_format_at_call_time() -> None:
    layer = STFT(n_fft=64, verbose=False)
    with pytest.raises(ValueError, match=r"^output_format='Power': must be one of 'Magnitude'"):
        layer(torch.zeros(1, 100), output_format="Power")


def test_length_at_call_time() -> None:
    layer = ISTFT(n_fft=64, verbose=False)
    with pytest.raises(ValueError, match=r"^length=-1: must be a whole number of at least 1"):
        layer(torch.zeros(1, 33, 4, 2), length=-1)


def test_empty_mel_filters_are_named() -> None:
    # At 62.5 Hz per bin and 128 filters, the lowest fall between bins.
    with pytest.warns(
        UserWarning, match=r"mel filters 0, 3, .* of n_mels=128 are empty.*n_fft=256"
    ):
        layer = MelSpectrogram(sr=16000, n_fft=256, n_mels=128, verbose=False)
    empty = (layer.mel.matrix == 0).all(dim=1).nonzero().flatten().tolist()
    with pytest.warns(UserWarning, match=f"filters {', '.join(map(str, empty))} of"):
        MelSpectrogram(sr=16000, n_fft=256, n_mels=128, verbose=False)


def test_mel_filters_that_freq_bins_empties_are_named() -> None:
    """With fewer bins, it is the upper filters that see nothing."""
    with pytest.warns(UserWarning, match=r"mel filters 18, 19 of n_mels=20 are empty"):
        layer = MelSpectrogram(sr=16000, n_fft=512, n_mels=20, freq_bins=150, verbose=False)
    assert layer.mel.matrix.shape == (20, 150)


def test_no_warning_without_empty_filters() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MelSpectrogram(sr=16000, n_fft=512, n_mels=40, verbose=False)


def test_bins_that_reach_past_half_the_rate_are_counted() -> None:
    """The main lobe of bin 97, at 8870 Hz, ends at 9894; that of bin 99 just above 11025."""
    CQT(n_bins=99, verbose=False)
    with pytest.warns(UserWarning, match=r"the 2 highest bins of n_bins=101 reach past 11025 Hz"):
        layer = CQT(n_bins=101, verbose=False)
    ends = layer.frequencies * (1 + 2 / 17.33)
    assert (ends > 11025).tolist() == [False] * 99 + [True] * 2


def test_normalization_type_at_call_time() -> None:
    layer = CQT(fmin=1000, n_bins=12, verbose=False)
    with pytest.raises(ValueError, match=r"^normalization_type='max': must be one of 'librosa'"):
        layer(torch.zeros(1, 1000), normalization_type="max")


AUDIO = {
    "empty": (torch.zeros(1, 0), ValueError, r"audio has 0 samples: must have at least 129"),
    "no items": (torch.zeros(0, 1000), ValueError, r"\(0, 1000\): the batch must not be empty"),
    "short": (torch.zeros(1, 128), ValueError, r"audio has 128 samples: must have at least 129"),
    "scalar": (torch.tensor(1.0), ValueError, r"audio has shape \(\): must be \(samples,\)"),
    "stereo": (torch.zeros(1, 2, 999), ValueError, r"audio has shape \(1, 2, 999\): must be"),
    "rank 4": (torch.zeros(1, 1, 1, 999), ValueError, r"\(1, 1, 1, 999\): must be \(samples,\)"),
    "int16": (
        torch.zeros(1, 999, dtype=torch.int16),
        ValueError,
        r"audio has dtype torch.int16: must be floating point in -1 ... 1 \(divide int16 samples",
    ),
    "bool": (torch.zeros(1, 999, dtype=torch.bool), ValueError, r"audio has dtype torch.bool"),
    "complex": (
        torch.zeros(1, 999, dtype=torch.complex64),
        ValueError,
        r"audio has dtype torch.complex64: must be floating point",
    ),
    "double": (
        torch.zeros(1, 999, dtype=torch.float64),
        ValueError,
        r"audio has dtype torch.float64, the layer has torch.float32: call .to\(torch.float32\)",
    ),
    "half": (torch.zeros(1, 999).half(), ValueError, r"torch.float16, the layer has torch.float32"),
    "NaN": (torch.full((1, 999), torch.nan), ValueError, r"audio has 999 values that are NaN"),
    "one inf": (
        torch.cat([torch.zeros(1, 998), torch.full((1, 1), torch.inf)], dim=1),
        ValueError,
        r"audio has 1 values that are NaN or infinite: must be finite",
    ),
    "both infs": (
        torch.tensor([torch.inf, -torch.inf]).repeat(500),
        ValueError,
        r"audio has 1000 values that are NaN or infinite: must be finite",
    ),
    "array": (
        np.zeros((1, 999), np.float32),
        TypeError,
        r"ndarray: must be a torch.Tensor.*from_n",
    ),
    "list": ([0.0] * 999, TypeError, r"audio is a list: must be a torch.Tensor"),
}
LAYERS = {
    "STFT": STFT(n_fft=256, verbose=False),
    "MelSpectrogram": MelSpectrogram(n_fft=256, n_mels=20, verbose=False),
    "MFCC": MFCC(n_fft=256, n_mels=20, verbose=False),
}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("case", AUDIO)
def test_audio(case: str, layer: str) -> None:
    audio, error, message = AUDIO[case]
    with pytest.raises(error, match=message):
        LAYERS[layer](audio)
    if layer == "STFT":
        with pytest.raises(error, match=message):
            LAYERS[layer](audio, output_format="Phase")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_empty_input(row: Row) -> None:
    what = "samples" if row.bins is None else "frames"
    with pytest.raises(ValueError, match=rf"has 0 {what}: must have at least \d"):
        row.make()(torch.zeros(row.empty()))


def test_loud_audio_is_no_infinite_audio() -> None:
    """The check of finite values sums: a sum that overflows is not a bad value."""
    loud = torch.full((1, 999), 3e38)
    assert torch.isinf(loud.sum())
    STFT(n_fft=256, verbose=False)(loud)  # does not raise


SPECTROGRAMS = {
    "magnitude": (torch.zeros(1, 129, 9), r"\(1, 129, 9\): must be complex, \(batch, 129 bins"),
    "bins": (torch.zeros(1, 128, 9, 2), r"\(1, 128, 9, 2\): must be complex, \(batch, 129 bins"),
    "last axis": (torch.zeros(1, 129, 9, 3), r"\(1, 129, 9, 3\): must be complex"),
    "no items": (torch.zeros(0, 129, 9, 2), r"\(0, 129, 9, 2\): must be complex"),
    "no frames": (torch.zeros(1, 129, 0, 2), r"has 0 frames: must have at least 2"),
    "one frame": (torch.zeros(1, 129, 1, 2), r"has 1 frames: must have at least 2"),
    "complex": (torch.zeros(1, 129, 9, dtype=torch.complex64), r"\(1, 129, 9\): must be complex"),
    "double": (torch.zeros(1, 129, 9, 2).double(), r"torch.float64, the layer has torch.float32"),
    "integer": (torch.zeros(1, 129, 9, 2).int(), r"dtype torch.int32: must be floating point"),
    "NaN": (torch.full((1, 129, 9, 2), torch.nan), r"spectrogram has 2322 values that are NaN"),
}


@pytest.mark.parametrize("case", SPECTROGRAMS)
def test_spectrogram(case: str) -> None:
    spectrogram, message = SPECTROGRAMS[case]
    layer = ISTFT(n_fft=256, verbose=False)
    with pytest.raises(ValueError, match=message):
        layer(spectrogram)
    if case != "one frame":  # which a length makes possible
        with pytest.raises(ValueError, match=message.replace("least 2", "least 1")):
            layer(spectrogram, length=100)


MAGNITUDES = {
    "complex": (
        torch.zeros(1, 129, 9, 2),
        r"\(1, 129, 9, 2\): must be \(batch, 129 bins, frames\)",
    ),
    "bins": (torch.zeros(1, 128, 9), r"\(1, 128, 9\): must be \(batch, 129 bins, frames\)"),
    "no items": (torch.zeros(0, 129, 9), r"\(0, 129, 9\): must be"),
    "few frames": (torch.zeros(1, 129, 3), r"has 3 frames: must have at least 4"),
    "double": (torch.zeros(1, 129, 9).double(), r"torch.float64, the layer has torch.float32"),
    "decibels": (torch.full((1, 129, 9), -20.0), r"magnitude has 1161 values below 0: must be a"),
    "NaN": (torch.full((1, 129, 9), torch.nan), r"magnitude has 1161 values that are NaN"),
}


@pytest.mark.parametrize("case", MAGNITUDES)
def test_magnitude(case: str) -> None:
    magnitude, message = MAGNITUDES[case]
    layer = GriffinLim(n_fft=256, n_iter=1, verbose=False)
    with pytest.raises(ValueError, match=message):
        layer(magnitude)
    with pytest.raises(ValueError, match=message):
        layer(magnitude, torch.zeros_like(magnitude))


def test_spectrogram_array() -> None:
    with pytest.raises(TypeError, match=r"spectrogram is a ndarray: must be a torch.Tensor"):
        ISTFT(n_fft=256, verbose=False)(np.zeros((1, 129, 9, 2), np.float32))  # type: ignore[arg-type]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_nan_is_refused_in_any_place(row: Row) -> None:
    layer = row.make()
    x = torch.from_numpy(row.example("noise", layer.describe().min_length + 3, 2))
    for place in (0, x.numel() // 2, x.numel() - 1):
        broken = x.clone(memory_format=torch.contiguous_format)
        broken.view(-1)[place] = torch.nan
        with pytest.raises(ValueError, match="has 1 values that are NaN or infinite"):
            layer(broken)


def test_verbose_logs_and_prints_nothing(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("INFO", logger="nnaudio_export")
    for make in (STFT, ISTFT, MelSpectrogram, MFCC):
        caplog.clear()
        make(n_fft=1024)
        assert [record.name for record in caplog.records] == ["nnaudio_export"]
        assert f"created {make.__name__}(" in caplog.text
    caplog.clear()
    for make in (STFT, ISTFT, MelSpectrogram, MFCC):
        make(n_fft=1024, verbose=False)
    STFT(n_fft=1024, iSTFT=True, verbose=False)
    assert caplog.records == []
    assert capsys.readouterr().out == ""
