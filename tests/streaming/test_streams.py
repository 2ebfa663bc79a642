"""A streaming file gives what its layer gives for the whole signal, wherever that is cut."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np
import pytest
import signals
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streaming.conftest import CASES, SR, Exported, one_worker

from nnaudio_export import MFCC, lower

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from nnaudio_runtime.streams.stream import Stream
    from numpy.typing import NDArray

# The contract: float32 sums in another order, as offline files are allowed.
LIMIT = 1e-5

# The same examples every time: a failure is one that everybody sees.
bounded = settings(
    max_examples=6,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
FILES = [
    *((name, ".onnx") for name in CASES),
    *((name, ".pt") for name, case in CASES.items() if case.torchscript),
    *((name, ".pte") for name, case in CASES.items() if case.executorch),
]
every_file = pytest.mark.parametrize(
    ("name", "suffix"),
    [pytest.param(*file, marks=one_worker(*file)) for file in FILES],
    ids=["".join(file) for file in FILES],
)


def signal_for(file: Exported, recording: str, units: int, batch: int = 1) -> NDArray[np.float32]:
    """Pieces of a recording, or the spectra or mel powers of it that an inverse takes."""
    info = file.frontend.info
    assert info is not None
    # The loudest piece, so that no bin is only rounding.
    audio = signals.recording(recording)
    start = max(0, int(np.abs(audio).argmax()) - 20)

    def pieces(samples: int) -> NDArray[np.float32]:
        return np.stack(
            [audio[start + i : start + i + samples] for i in range(0, 500 * batch, 500)]
        )

    if info.length_axis == "samples":
        return pieces(units)
    frames = torch.from_numpy(pieces(256 + 64 * (units - 1)))
    spectra = torch.stft(
        frames, 256, 64, window=torch.hann_window(256), center=False, return_complex=True
    )
    if info.layer == "ISTFT":
        return np.ascontiguousarray(torch.view_as_real(spectra).numpy())
    return (spectra.abs().square()[:, :20]).numpy()


def cut(signal: NDArray[np.float32], start: int, end: int, axis: int) -> NDArray[np.float32]:
    return signal[(*[slice(None)] * axis, slice(start, end))]


def streamed(
    stream: Stream, signal: NDArray[np.float32], lengths: Iterable[int], axis: int
) -> NDArray[np.float32]:
    """The signal in blocks of these lengths, the rest in one, and flushed."""
    pieces, start = [], 0
    for length in lengths:
        block = cut(signal, start, start + length, axis)
        pieces.append(stream.push(block))
        start += length
    if start < signal.shape[axis]:
        pieces.append(stream.push(cut(signal, start, signal.shape[axis], axis)))
    pieces.append(stream.flush())
    return np.concatenate(pieces, stream.time_axes[0])


def check(file: Exported, signal: NDArray[np.float32], lengths: Iterable[int]) -> None:
    info = file.frontend.info
    assert info is not None
    with file.frontend.stream(signal.shape[0]) as stream:
        axis = info.input_axes.index(info.length_axis)
        found = streamed(stream, signal, lengths, axis)
    expected = file.offline(signal)
    assert found.shape == expected.shape
    assert stream.frames == expected.shape[stream.time_axes[0]]
    scale = np.abs(expected).max()
    error = np.abs(found.astype(np.float64) - expected).max()
    if not isinstance(file.layer, MFCC):
        assert error <= LIMIT * scale
        return
    # Its logarithm magnifies the rounding of almost nothing, as parity's "~" says: the stream must
    # be as near to float64 as the layer or its lowered form is, up to a factor of 3.
    audio = torch.from_numpy(signal)
    exact = copy.deepcopy(file.layer).double()(audio.double()).detach().numpy()
    forms = (expected, lower(file.layer).module(audio).numpy())
    rounding = max(np.abs(form - exact).max() for form in forms)
    assert np.abs(found - exact).max() <= max(LIMIT * scale, 3 * rounding)


def longest(file: Exported) -> int:
    """A length that has many chunks, and more than the longest filter."""
    info = file.frontend.info
    assert info is not None
    return info.min_length + (24 if info.length_axis == "frames" else 1500)


@every_file
@bounded
@given(data=st.data())
def test_any_split(
    exported: Callable[..., Exported], name: str, suffix: str, data: st.DataObject
) -> None:
    file = exported(name, suffix)
    info = file.frontend.info
    assert info is not None
    units = data.draw(st.integers(info.min_length, longest(file)), "length of the signal")
    recording = data.draw(st.sampled_from(signals.RECORDINGS), "recording")
    lengths = data.draw(st.lists(st.integers(0, units), max_size=20), "lengths of blocks")
    most = 2 if file.frontend.contract.axes[0] == "batch" else 1
    batch = data.draw(st.integers(1, most), "batch")
    check(file, signal_for(file, recording, units, batch), lengths)


@every_file
def test_one_unit_at_a_time(exported: Callable[..., Exported], name: str, suffix: str) -> None:
    file = exported(name, suffix)
    units = longest(file)
    check(file, signal_for(file, "guit_em9", units), [1] * units)


@every_file
def test_one_huge_push(exported: Callable[..., Exported], name: str, suffix: str) -> None:
    file = exported(name, suffix)
    info = file.frontend.info
    assert info is not None
    units = 1000 if info.length_axis == "frames" else 4 * SR
    check(file, signal_for(file, "speech_synthetic", units), [])


@every_file
def test_the_shortest_signal(exported: Callable[..., Exported], name: str, suffix: str) -> None:
    file = exported(name, suffix)
    info = file.frontend.info
    assert info is not None
    check(file, signal_for(file, "perc_bell", info.min_length), [1, 0, 3])


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=one_worker(name))
        for name in CASES
        if name not in ("istft", "masked")
    ],
)
def test_outputs_come_as_late_as_the_file_says(
    exported: Callable[..., Exported], name: str
) -> None:
    file = exported(name)
    info = file.frontend.info
    assert info is not None
    spec = info.streaming
    assert spec is not None
    units = longest(file) - longest(file) % spec.chunk
    axis = info.input_axes.index(info.length_axis)
    signal = signal_for(file, "loop_tabla", units)
    with file.frontend.stream() as stream:
        stream.push(signal)
        # The centre of the last frame, in units of the input.
        centre = spec.frame_length / 2 - spec.pad
        last = centre + (stream.frames - 1) * spec.hop
    assert signal.shape[axis] == units
    # What has come beyond it: never less, and less than a chunk and a frame more.
    beyond = units - last
    assert spec.latency - 1 <= beyond < spec.latency + spec.chunk + spec.hop + 1


@one_worker("mel")
def test_times_never_drift(exported: Callable[..., Exported]) -> None:
    frontend = exported("mel").frontend
    signal = signals.recording("ambi_piano")[: 3 * SR]
    times = []
    with frontend.stream() as stream:
        for block in np.array_split(signal, 100):
            stream.push(block)
            times.append(stream.times())
        stream.flush()
        times.append(stream.times())
    np.testing.assert_array_equal(np.concatenate(times), frontend.frame_times(stream.frames))


@one_worker("masked")
def test_times_of_audio_count_its_samples(exported: Callable[..., Exported]) -> None:
    file = exported("masked")
    with file.frontend.stream() as stream:
        stream.push(signal_for(file, "guit_em9", 1000))
        stream.push(signal_for(file, "guit_em9", 640))
        times = stream.times()
    # The last push gave its own 640, and those that fill a chunk with what the first left over.
    np.testing.assert_allclose(np.diff(times), 1 / SR, rtol=1e-9)
    assert times[-1] == (stream.frames - 1) / SR


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=one_worker(name)) for name in ("mel", "masked", "istft")]
)
def test_a_whole_signal_goes_through_a_streaming_file(
    exported: Callable[..., Exported], name: str
) -> None:
    file = exported(name)
    signal = signal_for(file, "speech_synthetic", longest(file), batch=2)
    expected = file.offline(signal)
    found = file.frontend(signal)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= LIMIT * np.abs(expected).max()
    assert file.frontend.selftest() <= LIMIT
