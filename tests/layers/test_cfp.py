"""Combined frequency and periodicity: four outputs, as files too, and nnAudio's numbers."""

from __future__ import annotations

import copy
import importlib
import re
from pathlib import Path
from typing import Any

import nnaudio_runtime
import numpy as np
import pytest
import torch
from layers import definitions
from layers.test_graphs import kinds
from scipy.signal.windows import blackmanharris
from signals import RECORDINGS, noise, recording

from nnaudio_export import (
    CFP,
    CombinedFrequencyPeriodicity,
    export_onnx,
    export_torchscript,
    features,
)

SMALL: dict[str, Any] = {"fr": 20, "fs": 4000, "hop_length": 80, "window_size": 151}
NAMES = ("cfp", "spectrum", "frequency", "periodicity")
# Of the largest value; on noise, see the rows of CFP.
ROUNDING = 2e-5


def errors(found: Any, expected: Any) -> list[float]:
    """Of each output, relative to its largest value."""
    pairs = [(np.asarray(a), np.asarray(b)) for a, b in zip(found, expected, strict=True)]
    assert all(a.shape == b.shape for a, b in pairs)
    return [float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"fr": 19, "window_size": 150, "NumPerOct": 12},
        {"g": [0.3, 0.6], "window_size": 150},
        {"g": [0.5, 0.0, 0.5, 1]},
        # Filters wider than half the distance of two bins are none: the nearest bin is taken.
        {"fr": 40, "fc": 200, "window_size": 99, "NumPerOct": 96},
    ],
    ids=str,
)
def test_four_outputs(changes: dict[str, Any]) -> None:
    arguments = SMALL | changes
    layer = CombinedFrequencyPeriodicity(**arguments)
    audio = noise(2503)
    expected = definitions.combined_frequency_periodicity(
        audio.astype(np.float64), inner_frames=True, **arguments
    )
    if 0.0 not in layer.config["g"]:  # type: ignore[operator]
        found = [output[0].numpy() for output in layer(torch.from_numpy(audio))]
        assert max(errors(found, expected)) <= ROUNDING
    # With kernels as exact as the arithmetic. (The logarithm, too: near 0, float32 has no say.)
    torch.set_default_dtype(torch.float64)
    try:
        exact = CombinedFrequencyPeriodicity(**arguments)
    finally:
        torch.set_default_dtype(torch.float32)
    found = [output[0].numpy() for output in exact(torch.from_numpy(audio).double())]
    assert max(errors(found, expected)) <= 1e-10


def test_shortest_audio_gives_one_frame() -> None:
    for fr in (20, 19):
        layer = CombinedFrequencyPeriodicity(**{**SMALL, "fr": fr})
        assert {x.shape[2] for x in layer(torch.zeros(1, layer.min_samples))} == {1}
        with pytest.raises(ValueError, match=f"must have at least {layer.min_samples}"):
            layer(torch.zeros(1, layer.min_samples - 1))


def test_frames_are_those_of_cfp_but_for_the_ends() -> None:
    audio = torch.from_numpy(noise(2503))
    inner = CombinedFrequencyPeriodicity(**SMALL)
    whole = CFP(**SMALL)
    # Sums of another number of frames are added up in another order.
    assert max(errors([inner(audio)[0]], [whole(audio)[:, :, 1:-1]])) <= ROUNDING
    assert inner.describe().frame_offset == whole.frame_offset + 80


def test_a_pitch_is_found() -> None:
    """Five harmonics of equal strength: the fundamental wins."""
    layer = CFP(fr=4, fs=8000, hop_length=160, window_size=1025)
    time = torch.arange(8000) / 8000
    tone = torch.stack([torch.sin(2 * torch.pi * 220 * k * time) for k in range(1, 6)]).sum(0) / 5
    loudest = layer(tone)[0, :, 10:40].argmax(dim=0)
    assert np.abs(12 * np.log2(layer.frequencies[loudest.numpy()] / 220)).max() < 0.5


@pytest.mark.parametrize("signal", ["silence", "impulse"])
def test_gradients_are_finite(signal: str) -> None:
    layer = CombinedFrequencyPeriodicity(**SMALL, trainable_bins=True, trainable_STFT=True)
    audio = torch.zeros(2, 1000)
    audio[:, 500] = 1.0 if signal == "impulse" else 0.0
    audio.requires_grad_()
    outputs = layer(audio)
    torch.stack(outputs).square().sum().backward()
    for gradient in (audio.grad, *(p.grad for p in layer.parameters())):
        assert gradient is not None
        assert torch.isfinite(gradient).all()


@pytest.mark.filterwarnings("ignore:`torch.jit.*` is deprecated:DeprecationWarning")
def test_script() -> None:
    layer = CombinedFrequencyPeriodicity(**SMALL).eval()
    frozen = torch.jit.freeze(torch.jit.script(layer))
    assert not kinds(frozen.inlined_graph) & {"prim::If", "prim::Loop", "prim::PythonOp"}
    audio = torch.from_numpy(noise(2503))
    with torch.no_grad():
        assert max(errors(frozen(audio), layer(audio))) <= 3e-6


@pytest.mark.parametrize("suffix", ["onnx", "pt"])
def test_file(tmp_path: Path, suffix: str) -> None:
    layer = CombinedFrequencyPeriodicity(**SMALL)
    path = tmp_path / f"cfp.{suffix}"
    result = (export_onnx if suffix == "onnx" else export_torchscript)(layer, path)
    assert result.metadata.output_names == NAMES
    assert result.metadata.output_axes == (("batch", "bins", "frames"),) * 4
    assert not result.cuda_fallbacks
    frontend = nnaudio_runtime.load(path, providers="cpu")
    frontend.selftest()
    for batch, length in ((1, 1009), (3, 2503)):
        audio = np.stack([noise(length, seed) for seed in range(batch)])
        found = frontend.run(audio)
        assert tuple(found) == NAMES
        assert max(errors(found.values(), layer(torch.from_numpy(audio)))) <= 1e-5


@pytest.fixture
def nnaudio(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("NNAUDIO_DISABLE_CITATION_REMINDER", "1")  # it prints on import
    return importlib.import_module("nnAudio2.features")


# 1e-4 is the figure for nnAudio's defaults. With few bins and a recording, nnAudio in float32 is
# itself 1e-4 from the definition in float64, and ours 2e-5.
@pytest.mark.filterwarnings("ignore:stft with return_complex=False:UserWarning")
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")  # its filters at period 0
@pytest.mark.filterwarnings("ignore:stft with return_complex=False:UserWarning")  # its STFT
@pytest.mark.parametrize("name", ["CFP", "Combined_Frequency_Periodicity"])
@pytest.mark.parametrize(
    ("settings", "limit"),
    [
        ({}, 1e-4),
        (SMALL | {"g": [0.3, 0.6], "window_size": 150}, 5e-4),
        (SMALL | {"fr": 19, "NumPerOct": 24}, 5e-4),
    ],
    ids=str,
)
def test_nnaudio(nnaudio: Any, name: str, settings: dict[str, Any], limit: float) -> None:
    theirs, ours = getattr(nnaudio, name)(**settings), getattr(features, name)(**settings)
    x = torch.from_numpy(np.stack([noise(8000), recording("speech_synthetic")[20000:28000]]))
    expected, found = theirs(x), ours(x)
    if name == "CFP":
        expected, found = (expected,), (found,)
    assert max(errors(found, expected)) <= limit


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")  # its filters at period 0
@pytest.mark.filterwarnings("ignore:stft with return_complex=False:UserWarning")  # its STFT
def test_nnaudio_on_recordings(nnaudio: Any) -> None:
    """The same transform, to float64 rounding; what float32 adds is no more than nnAudio's own.

    A magnitude of 1e-7 of the loudest, which float32 rounds to anything, is 2 % of it to the power
    of 0.24: behind that, no two float32 programs agree to 1e-4 on every recording.
    """
    theirs = nnaudio.Combined_Frequency_Periodicity()
    exact = copy.deepcopy(theirs).double()
    by_frequency, by_period = theirs.create_logfreq_matrix(
        theirs.f, theirs.q, 2, 80, 1 / 1000, 48, 16000
    )
    exact.h = torch.from_numpy(blackmanharris(2049))
    exact.freq2logfreq_matrix = torch.from_numpy(by_frequency)
    exact.quef2logfreq_matrix = torch.from_numpy(by_period)
    ours = CombinedFrequencyPeriodicity()
    torch.set_default_dtype(torch.float64)
    try:
        ours_exact = CombinedFrequencyPeriodicity()
    finally:
        torch.set_default_dtype(torch.float32)
    for name in RECORDINGS:
        x = torch.from_numpy(recording(name)[20000:28000])[None]
        expected = exact(x.double())
        assert max(errors(ours_exact(x.double()), expected)) <= 1e-10, name
        found, nearest = errors(ours(x), expected), errors(theirs(x), expected)
        assert found[1] <= 3e-6, name  # the magnitude, before the power
        assert max(found) <= max(1e-4, max(nearest)), name


BAD: list[tuple[dict[str, Any], str]] = [
    ({"fr": 0}, "fr=0: must be a finite number above 0"),
    ({"fs": -1}, "fs=-1: must be a finite number above 0"),
    ({"hop_length": 0}, "hop_length=0: must be a whole number of at least 1"),
    ({"window_size": 201}, "window_size=201: must be a whole number from 1 to 200"),
    ({"NumPerOct": 0}, "NumPerOct=0: must be a whole number of at least 1"),
    ({"fc": 0}, "fc=0: must be a finite number above 0"),
    ({"fc": 40}, "fc=40: its period of 100 samples does not fit into half of int(fs / fr) = 200"),
    ({"fc": 2000}, "fc=2000: must be lower, so that at least three bins of NumPerOct=48 lie"),
    ({"tc": 0}, "tc=0: must be a finite number above 0"),
    ({"tc": 1 / 2000}, "tc=0.0005: 1 / tc = 2000 Hz is too near to half of fs=4000"),
    ({"g": [1]}, "g=[1]: must be a list of two or more exponents, e.g. [0.24, 0.6, 1]"),
    ({"g": 0.5}, "g=0.5: must be a list of two or more exponents"),
    ({"g": [0, 1]}, "g[0]=0: must be a finite number above 0"),
    ({"g": [1, -1]}, "g[1]=-1: must be a finite number of at least 0"),
]


@pytest.mark.parametrize("layer", [CFP, CombinedFrequencyPeriodicity])
@pytest.mark.parametrize(("arguments", "message"), BAD, ids=str)
def test_bad_argument(layer: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        layer(**SMALL | arguments)
