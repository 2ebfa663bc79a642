"""Shapes, lengths and batches that a layer takes, and what it makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from layers.table import ROWS, Row
from signals import noise, quiet

from nnaudio_export import ISTFT, MFCC, STFT

AUDIO_ROWS = [row for row in ROWS if row.bins is None]
# The sums of a batch are split differently: each side has its own rounding.
ROUNDED_TWICE = 2


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_item_alone_equals_item_in_a_batch(row: Row) -> None:
    """Also for items as different in loudness as noise and -80 dB."""
    layer = row.make()
    shortest = layer.describe().min_length
    # The shortest, an odd, a prime and a long one.
    for length in (shortest, *((9, 13, 40) if row.bins else (2049, 2503, 16000))):
        signals = [name for name in ("quiet", "noise", "chirp") if name in row.signals]
        items = np.concatenate([row.example(signal, length) for signal in signals])
        together = layer(torch.from_numpy(items)).numpy()
        assert together.shape[0] == len(signals)
        for signal, item, found in zip(signals, items, together, strict=True):
            alone = layer(torch.from_numpy(item[None]))[0].numpy()
            assert row.error(found, alone, item) <= ROUNDED_TWICE * row.tolerance, (signal, length)
        assert not np.array_equal(together[0], together[1])


def test_top_db_is_counted_per_item() -> None:
    """A loud neighbour must not lift the floor of a quiet item."""
    layer = MFCC(n_fft=256, hop_length=64, n_mels=20, n_mfcc=20, top_db=20.0, verbose=False)
    items = np.stack([quiet(4000), noise(4000) * np.linspace(0, 1, 4000, dtype=np.float32)])
    together = layer(torch.from_numpy(items)).numpy()
    for item, found in zip(items, together, strict=True):
        np.testing.assert_allclose(found, layer(torch.from_numpy(item))[0].numpy(), atol=1e-3)
    level = layer.decibel(layer.melspec_layer(torch.from_numpy(items)))
    assert level[1].max() - level[0].max() > 20  # so a shared floor would flatten item 0
    assert layer.top_db(level)[0].amax() - layer.top_db(level)[0].amin() > 1


@pytest.mark.parametrize("row", AUDIO_ROWS, ids=lambda row: row.id)
def test_accepted_shapes(row: Row) -> None:
    layer = row.make()
    audio = torch.from_numpy(row.example("noise", 2503, 2))
    expected = layer(audio)
    assert torch.equal(layer(audio[:, None, :]), expected)
    for item, one in zip(audio, expected, strict=True):
        single = layer(item)
        assert single.shape == (1, *expected.shape[1:])
        error = row.error(single[0].numpy(), one.numpy(), item.numpy())
        assert error <= ROUNDED_TWICE * row.tolerance


def test_memory_layout_does_not_matter() -> None:
    layer = STFT(n_fft=256, verbose=False)
    audio = torch.from_numpy(np.stack([noise(2000, seed=i) for i in range(3)], axis=1))
    assert not audio.T.is_contiguous()
    assert torch.equal(layer(audio.T), layer(audio.T.contiguous()))
    assert torch.equal(layer(audio[::2, 0]), layer(audio[::2, 0].clone()))


def test_input_is_left_alone() -> None:
    for row in ROWS:
        layer = row.make()
        x = torch.from_numpy(row.example("noise", layer.describe().min_length + 3))
        before = x.clone()
        layer(x)
        assert torch.equal(x, before), row.id


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_shortest_input(row: Row) -> None:
    layer = row.make()
    spec = layer.describe()
    shortest = spec.min_length
    output = layer(torch.from_numpy(row.example("noise", shortest)))
    assert min(output.shape) >= 1
    if shortest == 1:
        return  # empty input is refused in test_bad_input
    what = "frames" if row.bins else "samples"
    with pytest.raises(ValueError, match=rf"has {shortest - 1} {what}.* at least {shortest}"):
        layer(torch.from_numpy(row.example("noise", shortest - 1)))


@pytest.mark.parametrize("row", AUDIO_ROWS, ids=lambda row: row.id)
def test_frame_count_is_as_documented(row: Row) -> None:
    layer = row.make()
    config: Any = {"center": True, "win_length": None} | dict(layer.describe().config)
    n_fft, hop = row.frame or config["n_fft"], layer.describe().hop_length
    assert hop is not None
    padding = 2 * (n_fft // 2) if config["center"] else 0
    shortest = layer.describe().min_length
    for samples in range(shortest, shortest + 2 * hop + 2, max(hop // 7, 1)):
        frames = 1 + (samples + padding - n_fft) // hop
        assert layer(torch.zeros(1, samples)).shape[2] == frames, samples


def test_output_format_at_call_time() -> None:
    audio = torch.from_numpy(noise(2000))
    layers = {
        name: STFT(n_fft=256, output_format=name, verbose=False)
        for name in ("Magnitude", "Complex", "Phase", "CosSin")
    }
    for layer in layers.values():
        for name, other in layers.items():
            assert torch.equal(layer(audio, output_format=name), other(audio))
            assert torch.equal(layer(audio, name), other(audio))


def test_bins_are_named_in_hz() -> None:
    layer = STFT(n_fft=512, sr=16000, verbose=False)
    assert layer.bins2freq[:3] == [0.0, 31.25, 62.5]
    assert layer.bins2freq[-1] == 8000.0
    log = STFT(
        n_fft=512, sr=16000, freq_scale="log", freq_bins=4, fmin=100, fmax=1600, verbose=False
    )
    assert log.bins2freq == pytest.approx([100, 200, 400, 800])
    tone = torch.sin(2 * torch.pi * 400 * torch.arange(16000) / 16000)
    assert int(log(tone, output_format="Magnitude")[0].mean(dim=1).argmax()) == 2


def test_hidden_defaults() -> None:
    """hop_length is a quarter of win_length, which is n_fft."""
    assert STFT(n_fft=512, verbose=False).hop_length == 128
    assert STFT(n_fft=512, win_length=200, verbose=False).hop_length == 50
    assert ISTFT(n_fft=512, win_length=200, verbose=False).hop_length == 50
