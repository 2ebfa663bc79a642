"""The signals of a proof: what their names say, for every kind of input."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from nnaudio_exporters.prepare.options import Options
from nnaudio_exporters.prepare.steps import prepare
from nnaudio_exporters.proof.parity import Comparison, check_parity
from nnaudio_exporters.proof.report import ParityReport, ParityRow
from nnaudio_exporters.proof.signals import Signal, signals
from nnaudio_runtime.files.pcm import from_pcm
from numpy.typing import NDArray
from support.modules import TwoOutputs, small_mel
from torch import nn

EVERYWHERE = [name for name, kind in signals().items() if kind.everywhere]
OTHERS = [name for name in signals() if name not in EVERYWHERE]
SHAPES = [(1, 1), (1, 16000), (3, 603), (2, 2, 500), (2, 129, 7)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", signals())
def test_a_signal_is_a_function_of_the_shape(name: str, shape: tuple[int, ...]) -> None:
    kind = signals()[name]
    signal = kind.make(shape)
    assert signal.shape == shape
    assert signal.dtype == np.float32
    assert signal.flags.c_contiguous
    assert np.isfinite(signal).all()
    assert np.abs(signal).max() <= kind.loudest
    np.testing.assert_array_equal(kind.make(shape), signal)


@pytest.mark.parametrize("name", OTHERS)
def test_items_of_a_batch_differ(name: str) -> None:
    for shape in ((3, 16000), (3, 2, 400), (3, 129, 8)):
        items = signals()[name].make(shape)
        assert all(not np.array_equal(items[0], other) for other in items[1:])


def made(name: str) -> Signal:
    signal: Signal = signals()[name].make((1, 16384))[0]
    return signal


def level(signal: Signal) -> float:
    """Root mean square in decibels."""
    return float(10 * np.log10(np.mean(signal.astype(np.float64) ** 2) + 1e-30))


def spectrum(signal: Signal, size: int) -> Signal:
    """Decibels below the maximum, of one frame from the middle."""
    frame = signal[4096 : 4096 + size] * np.blackman(size)
    power = np.abs(np.fft.rfft(frame)) ** 2
    return 10 * np.log10(power / power.max())


@pytest.mark.parametrize("size", [256, 400, 512, 1024, 2048])
def test_tones_on_and_between_bins(size: int) -> None:
    places = {}
    for name in ("tone on a bin", "tone between bins"):
        power = np.abs(np.fft.rfft(made(name)[:size] * np.hanning(size + 1)[:-1]))
        peak = int(power.argmax())
        # Where the peak lies between the bins, by the two beside it.
        places[name] = np.log(power[peak + 1] / power[peak - 1])
    assert abs(places["tone on a bin"]) < 0.02
    assert abs(places["tone between bins"]) > 0.4


def test_a_faint_tone_beside_a_loud_one() -> None:
    # Four-term window: its side lobes lie below what is looked for.
    size = 8192
    phase = 2 * np.pi * np.arange(size) / size
    window = sum(
        c * np.cos(k * phase) for k, c in enumerate((0.35875, -0.48829, 0.14128, -0.01168))
    )
    signal = made("loud and faint tone")[:size] * window
    power = 20 * np.log10(np.abs(np.fft.rfft(signal)))
    assert power[size * 5 // 16] - power.max() == pytest.approx(-100, abs=1.5)


def test_begins_and_ends() -> None:
    silence, noise = np.split(made("silence, then noise"), 2)
    assert not silence.any()
    assert level(noise) == pytest.approx(-10.8, abs=0.5)
    noise, silence = np.split(made("noise, then silence"), 2)
    assert not silence.any()
    assert level(noise) == pytest.approx(-10.8, abs=0.5)
    decay = made("decay")
    assert level(decay[-1000:]) - level(decay[:1000]) == pytest.approx(-113, abs=2)


def test_levels() -> None:
    assert level(made("-80 dB")) == pytest.approx(-90.8, abs=0.5)
    assert np.abs(made("beyond full scale")).max() == pytest.approx(2.5, rel=1e-2)
    assert np.mean(made("noise with offset")) == pytest.approx(0.5, abs=0.01)
    clipped = np.abs(made("clipped noise"))
    assert np.mean(clipped == 1) == pytest.approx(0.75, abs=0.02)


def test_a_voice_has_harmonics() -> None:
    power = spectrum(made("voice"), 4096)
    on = [round(4096 * 0.0075 * k) for k in range(2, 12)]
    between = [round(4096 * 0.0075 * (k + 0.5)) for k in range(2, 12)]
    near = [power[place - 4 : place + 5].max() for place in on]
    assert np.min(np.array(near) - power[between]) > 20


def proved(module: nn.Module) -> ParityReport:
    """The report of a module that is its own file."""
    prepared = prepare(module, Options())

    def run(x: NDArray[np.generic]) -> dict[str, Signal]:
        return {k: v.numpy() for k, v in prepared.run(x.astype(np.float32)).items()}

    return check_parity(Comparison(prepared, run), engine="E")


def test_some_are_tried_everywhere_and_the_others_once() -> None:
    report = proved(small_mel())
    times = Counter(row.signal for row in report.rows)
    del times["noise"]  # at more sizes
    assert times == {**dict.fromkeys(EVERYWHERE[1:], 6), **dict.fromkeys(OTHERS, 1)}


@pytest.mark.parametrize("options", [Options(precision="fp16"), Options(input_dtype="int16")])
def test_nothing_beyond_full_scale_for_half_precision_and_pcm(options: Options) -> None:
    prepared = prepare(small_mel(), options)

    def run(x: NDArray[np.generic]) -> dict[str, Signal]:
        audio = from_pcm(x.astype(np.int16)) if x.dtype == np.int16 else x.astype(np.float32)
        return {"mel": prepared.run(audio)["mel"].numpy()}

    report = check_parity(Comparison(prepared, run), engine="")
    assert report.passed
    assert {row.signal for row in report.rows} == set(signals()) - {"beyond full scale"}


def test_the_table_of_two_outputs_fits_a_screen() -> None:
    report = proved(TwoOutputs())
    lines = str(report).splitlines()
    assert len(lines) <= 25
    assert max(map(len, lines[:-1])) <= 100
    assert "the worst of 10" in str(report)


def test_a_signal_that_fails_has_a_line_of_its_own() -> None:
    rows = tuple(
        ParityRow("mel", name, 1, 400, 1.0 if name == "decay" else 1e-7, 1e-5) for name in signals()
    )
    lines = str(ParityReport(rows, 1e-5, "relative", "E")).splitlines()
    assert [line for line in lines if line.startswith("decay")] == [f"{'decay':<21}   !1.0e+00"]
    assert any(line.startswith("others") and "worst of 9" in line for line in lines)
