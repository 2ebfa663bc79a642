"""Filters at lower rates: the same numbers as at the full one."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from nnaudio_export import CQT, STFT, VQT, lower
from nnaudio_export.fast.multirate.rate_choice import attenuation_for
from nnaudio_export.fast.multirate.short_filters import (
    Decimators,
    octave_of,
    shorten,
    support,
)
from nnaudio_export.layers.layer import Layer

TOLERANCE = 1e-5

LAYERS = {
    "cqt": CQT(sr=8000, hop_length=128, fmin=55, n_bins=60, verbose=False),
    "cqt-complex": CQT(
        sr=8000, hop_length=64, fmin=55, n_bins=60, output_format="Complex", verbose=False
    ),
    "cqt-not-centred": CQT(
        sr=8000, hop_length=128, fmin=55, n_bins=60, center=False, verbose=False
    ),
    "vqt": VQT(sr=8000, hop_length=128, fmin=55, n_bins=60, gamma=5, verbose=False),
    "stft-log": STFT(
        n_fft=2048,
        hop_length=256,
        freq_scale="log",
        freq_bins=40,
        fmin=40,
        fmax=4000,
        verbose=False,
    ),
}


def tone(length: int, width: float, frequency: float) -> NDArray[np.complex128]:
    n = np.arange(length) - length / 2
    return np.asarray(np.exp(2j * np.pi * frequency * n - (n / width) ** 2))


@pytest.mark.parametrize("factors", [(2,), (4,), (2, 2), (4, 4)])
def test_shortened_filters_add_up_to_the_long_ones(factors: tuple[int, ...]) -> None:
    factor = int(np.prod(factors))
    filters = np.stack([tone(1000, 100, 0.1 / factor), tone(1000, 70, 0.05 / factor)])
    lowpass = Decimators(factors, 110).as_one()
    short = shorten(filters, lowpass, factor)
    assert short.start % factor == 0
    rebuilt = np.zeros((2, 4000), np.complex128)
    for copy_number, weights in enumerate(short.weights.T):
        first = 1500 + short.start + copy_number * factor
        rebuilt[:, first : first + len(lowpass)] += np.outer(weights, lowpass)
    rebuilt[:, 1500:2500] -= filters
    found = np.linalg.norm(rebuilt, axis=1) / np.linalg.norm(filters, axis=1)
    assert found.max() <= short.residual < TOLERANCE
    assert short.weights.shape[1] < 1000 / factor + 60


def test_a_filter_with_high_frequencies_is_said_to_be_none() -> None:
    short = shorten(tone(1000, 100, 0.4)[None], Decimators((4,), 110).as_one(), 4)
    assert short.residual > 0.9


@pytest.mark.parametrize("factor", [2, 4, 8])
@pytest.mark.parametrize("attenuation", [60, 110, 130, 160])
def test_decimator(factor: int, attenuation: float) -> None:
    taps = Decimators((factor,), attenuation).lowpass(factor)
    assert len(taps) % 2 == 1
    assert np.array_equal(taps, taps[::-1])
    response = np.abs(np.fft.rfft(taps, 2**14))
    frequency = np.arange(len(response)) / 2**14
    assert abs(response[0] - 1) < 1e-9
    # What would fold onto the band that is used, up to 0.2 of the new rate.
    assert response[frequency >= 0.8 / factor].max() < 10 ** (-attenuation / 20)


def test_decimators_stop_a_third_of_the_tolerance() -> None:
    assert [attenuation_for(t) for t in (1e-5, 1e-6, 1e-7)] == [110, 130, 150]
    assert attenuation_for(0.5) == 60  # Kaiser's formula begins there
    assert attenuation_for(1e-12) == 160  # and float32 weights end here


def test_decimators_on_the_way_to_a_rate() -> None:
    decimators = Decimators((2, 4, 2), 110)
    assert decimators.rates == [1, 2, 8, 16]
    assert decimators.until(8).factors == (2, 4)
    assert decimators.until(1).as_one().tolist() == [1.0]


def test_octaves_and_support() -> None:
    filters = np.stack([tone(256, 40, f) for f in (0.4, 0.2, 0.01)])
    assert octave_of(filters).tolist() == [0, 1, 5]
    assert support(np.zeros((2, 5), np.complex128)) == (0, 1)


@pytest.mark.parametrize("name", LAYERS)
def test_same_numbers_with_fewer_multiplications(name: str) -> None:
    layer: Layer = LAYERS[name]
    fast, plan = lower(layer)
    (part,) = plan.parts
    assert part.method.startswith("multirate")
    # Of a tone far above its bins, the window of an STFT leaves so little that 110 dB would show.
    most = 0.7 if name == "stft-log" else 0.5
    assert part.multiplications[1] < most * part.multiplications[0]
    assert part.error <= TOLERANCE
    slow, fast = copy.deepcopy(layer).double(), fast.double()
    for samples in (layer.describe().min_length, 9001, 20000):
        noise = torch.rand(2, samples, dtype=torch.float64) - 0.5
        impulse = torch.zeros(1, samples, dtype=torch.float64)
        impulse[0, samples // 2] = 1
        for audio in (noise, impulse):
            with torch.no_grad():
                expected, found = slow(audio), fast(audio)
            assert found.shape == expected.shape
            assert float((found - expected).abs().max() / expected.abs().max()) <= TOLERANCE


def test_a_smaller_tolerance_is_kept_too() -> None:
    error = {t: lower(LAYERS["cqt"], t).plan.parts[0] for t in (1e-3, 1e-6)}
    assert error[1e-6].error <= 1e-6
    assert error[1e-3].multiplications[1] < error[1e-6].multiplications[1]


def test_an_odd_hop_crops_only() -> None:
    layer = CQT(sr=8000, hop_length=125, fmin=55, n_bins=60, verbose=False)
    fast, plan = lower(layer)
    assert "1/2" not in plan.parts[0].method
    assert plan.parts[0].error < 1e-12
    audio = torch.rand(1, 9000) - 0.5
    assert torch.allclose(fast(audio), layer(audio), atol=1e-6)


def test_trained_filters_move_as_far_as_they_allow() -> None:
    layer = CQT(sr=8000, hop_length=128, fmin=55, n_bins=60, trainable=True, verbose=False)
    with torch.no_grad():
        kernel = dict(layer.named_parameters())["bank.kernel"]
        kernel[0] += 1e-3 * torch.randn(layer.kernel_width)
    _, plan = lower(layer)
    before = lower(LAYERS["cqt"]).plan.parts[0]
    # The octave with the noisy filter stays at the full rate; the others do not.
    assert plan.parts[0].error <= TOLERANCE
    assert before.multiplications[1] < plan.parts[0].multiplications[1]
