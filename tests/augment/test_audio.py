"""What each augmentation of audio does to the numbers."""

from __future__ import annotations

import pytest
import signals
import torch
from torch import Tensor

from nnaudio_export.augment import (
    AddNoise,
    Gain,
    PitchShift,
    PolarityInversion,
    TimeShift,
    TimeStretch,
)

RATE = 16000


def tone(frequency: float, samples: int = RATE) -> Tensor:
    n = torch.arange(samples, dtype=torch.float64)
    return torch.sin(2 * torch.pi * frequency * n / RATE).float()


def peak(audio: Tensor) -> float:
    """Frequency of the strongest partial in Hz; the edges, where a vocoder smears, are left out."""
    middle = audio[len(audio) // 4 : -(len(audio) // 4)]
    spectrum = torch.fft.rfft(middle * torch.hann_window(len(middle)), n=8 * len(middle)).abs()
    return float(spectrum.argmax()) * RATE / (8 * len(middle))


def noise(items: int, samples: int = 4000) -> Tensor:
    return torch.stack([torch.from_numpy(signals.noise(samples, seed)) for seed in range(items)])


def test_probability() -> None:
    x = noise(400, 4)
    changed = (PolarityInversion(p=0.25, generator=0)(x) != x).any(1)
    # 100 of 400 expected, the standard deviation is 8.7
    assert 65 < int(changed.sum()) < 135
    for layer in (
        Gain(p=0),
        AddNoise(p=0),
        TimeShift(3, p=0),
        PitchShift(p=0),
        TimeStretch(p=0),
        TimeStretch(p=0, keep_length=True),
    ):
        assert torch.equal(layer(x), x)


def test_gain() -> None:
    x = noise(200, 8)
    ratio = Gain(gain_db=(-12, 6), p=1.0, generator=0)(x) / x
    # one gain an item: 1e-6 is the rounding of product and quotient
    assert ((ratio - ratio[:, :1]).abs() / ratio[:, :1]).max() < 1e-6
    gains = 20 * torch.log10(ratio[:, 0])
    assert -12 <= gains.min() < -11
    assert 5 < gains.max() <= 6.001


def test_polarity() -> None:
    x = noise(4)
    assert torch.equal(PolarityInversion(p=1.0)(x), -x)
    signs = PolarityInversion(generator=0)(x.repeat(10, 1)) / x.repeat(10, 1)
    assert set(signs.flatten().tolist()) == {-1.0, 1.0}


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_ratio_is_reached(recorded: bool, channels: int) -> None:
    recordings = 0.1 * noise(3, 1000) if recorded else None
    x = noise(20 * channels).reshape(20, channels, -1) * torch.logspace(-3, 0, 20)[:, None, None]
    added = AddNoise(snr=(0, 20), p=1.0, noise=recordings, generator=0)(x.double()) - x
    snr = 10 * torch.log10(x.double().square().sum((1, 2)) / added.square().sum((1, 2)))
    assert 0 <= snr.min() < 4
    assert 16 < snr.max() <= 20
    single = AddNoise(snr=7.5, p=1.0, noise=recordings, generator=0)(x.double()) - x
    snr = 10 * torch.log10(x.double().square().sum((1, 2)) / single.square().sum((1, 2)))
    assert torch.allclose(snr, torch.full_like(snr, 7.5), atol=1e-6)  # the sums' rounding


def test_noise_of_recordings_is_cut_from_them() -> None:
    x = noise(30, 50)
    recordings = torch.stack([torch.arange(1.0, 21.0), -torch.arange(1.0, 21.0)])
    added = AddNoise(snr=0, p=1.0, noise=recordings, generator=0)(x) - x
    starts = set()
    for item in added:
        whole = (item / item.abs().min()).round().int()  # 1 ... 20 in a circle, of one sign
        assert ((whole.abs().diff() - 1) % 20 == 0).all()
        starts.add(int(whole[0]))
    assert len(starts) > 10
    assert min(starts) < 0 < max(starts)


def test_silence_stays_silent() -> None:
    assert not AddNoise(p=1.0)(torch.zeros(2, 100)).any()
    assert not AddNoise(p=1.0, noise=torch.zeros(9))(torch.zeros(2, 100)).any()
    assert torch.equal(
        AddNoise(p=1.0, noise=torch.zeros(9))(torch.ones(2, 100)), torch.ones(2, 100)
    )


def test_noise_is_white() -> None:
    x = torch.ones(1, 2**16)
    power = torch.fft.rfft(AddNoise(snr=0, p=1.0, generator=0)(x) - x).abs().square()[0, 1:]
    bands = power[:32768].reshape(8, -1).mean(1)
    assert bands.max() / bands.min() < 1.15  # 4096 values a band: 1.6 % standard deviation


def test_shift() -> None:
    x = noise(60, 100)
    y = TimeShift(max_shift=5, p=1.0, generator=0)(x)
    z = TimeShift(max_shift=5, p=1.0, rollover=False, generator=0)(x)
    seen = set()
    for before, rolled, cut in zip(x, y, z, strict=True):
        (shift,) = [s for s in range(-5, 6) if torch.equal(before.roll(s), rolled)]
        seen.add(shift)
        expected = rolled.clone()
        if shift > 0:
            expected[:shift] = 0
        elif shift < 0:
            expected[shift:] = 0
        assert torch.equal(cut, expected)
    assert seen == set(range(-5, 6))


def test_shift_by_more_than_there_is() -> None:
    x = noise(20, 10)
    y = TimeShift(max_shift=1000, p=1.0, generator=0)(x)
    assert torch.equal(y.sort(1).values, x.sort(1).values)


@pytest.mark.parametrize(("steps", "octave"), [(12, 12), (-12, 12), (3, 12), (-2.5, 12), (7, 24)])
def test_pitch_shift_moves_a_tone(steps: float, octave: int) -> None:
    y = PitchShift(n_steps=steps, bins_per_octave=octave, p=1.0)(tone(440))
    assert len(y) == RATE
    assert peak(y) == pytest.approx(440 * 2 ** (steps / octave), abs=0.5)
    # as loud as before, within half a decibel
    middle = y[RATE // 4 : -RATE // 4]
    assert middle.square().mean().sqrt().item() == pytest.approx(0.5**0.5, rel=0.06)


def test_every_item_has_its_own_pitch() -> None:
    x = tone(440).repeat(6, 1)
    peaks = [peak(y) for y in PitchShift(n_steps=(-2, 2), p=1.0, generator=1)(x)]
    assert len({round(p) for p in peaks}) == 6
    assert all(440 * 2 ** (-2 / 12) - 1 < p < 440 * 2 ** (2 / 12) + 1 for p in peaks)


@pytest.mark.parametrize("rate", [0.5, 0.83, 1.25, 2.0])
def test_stretch(rate: float) -> None:
    y = TimeStretch(rate=rate, p=1.0)(tone(440))
    assert len(y) == round(RATE / rate)
    assert peak(y) == pytest.approx(440, abs=0.5)
    middle = y[len(y) // 4 : -len(y) // 4]
    assert middle.square().mean().sqrt().item() == pytest.approx(0.5**0.5, rel=0.06)


def test_stretch_moves_events() -> None:
    """A burst at a third of the audio stays at a third of the stretched audio."""
    x = torch.zeros(RATE)
    x[5000:5600] = tone(1000, 600)
    for rate in (0.7, 1.4):
        y = TimeStretch(rate=rate, p=1.0, n_fft=512)(x)
        centre = float((y.square() * torch.arange(len(y))).sum() / y.square().sum())
        assert centre == pytest.approx(5300 / rate, abs=64)  # half a hop


def test_stretch_at_the_length_of_the_input() -> None:
    x = tone(440).repeat(5, 1)
    y = TimeStretch(rate=(1.5, 2), p=1.0, keep_length=True, generator=0)(x)
    ends = [int(item.nonzero().max()) for item in y]
    assert len(set(ends)) == 5
    assert all(RATE / 2 - 2 <= end <= RATE / 1.5 for end in ends)


@pytest.mark.parametrize("samples", [1, 2, 63, 300])
def test_short_audio(samples: int) -> None:
    x = noise(2, samples)
    assert PitchShift(p=1.0)(x).shape == x.shape
    assert TimeStretch(rate=0.5, p=1.0)(x).shape == (2, 2 * samples)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Gain(p=1.5), r"p=1\.5: must be a probability, from 0 to 1"),
        (lambda: Gain(p=-1), r"p=-1: must be a finite number of at least 0"),
        (lambda: Gain((3, -3)), r"gain_db=\(3, -3\): must be a number, or a pair"),
        (lambda: Gain((1, 2, 3)), r"gain_db=\(1, 2, 3\): must be a number, or a pair"),  # type: ignore[arg-type]
        (lambda: AddNoise(float("nan")), r"snr=nan: must be a finite number"),
        (lambda: AddNoise(noise=torch.zeros(0)), r"noise has shape \(0,\): must be"),
        (lambda: AddNoise(noise=torch.full((3,), torch.nan)), r"NaN or infinite"),
        (lambda: AddNoise(noise=torch.zeros(3).int()), r"must be a floating-point tensor"),
        (lambda: TimeShift(0), r"max_shift=0: must be a whole number of at least 1"),
        (lambda: TimeShift(0.5), r"max_shift=0\.5: must be a whole number"),  # type: ignore[arg-type]
        (lambda: PitchShift(60), r"n_steps=60: must stay within 4 octaves"),
        (lambda: PitchShift(1, 0), r"bins_per_octave=0: must be"),
        (lambda: PitchShift(n_fft=2), r"n_fft=2: must be a whole number of at least 4"),
        (lambda: PitchShift(n_fft=64, hop_length=33), r"hop_length=33: .* from 1 to 32"),
        (lambda: TimeStretch(0), r"rate=0: must be a finite number above 0"),
        (lambda: TimeStretch((1, 99)), r"rate=\(1, 99\): must be from 1/16 to 16"),
    ],
)
def test_bad_arguments(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=message):
        make()
