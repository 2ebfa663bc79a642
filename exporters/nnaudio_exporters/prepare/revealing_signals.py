"""Signals on which a form shows that only resembles the filters it replaces.

A decimator lets a little of other bands through, and a filter made of low-pass filters reaches a
little further than its own ends. Noise covers both; a tone, and silence beside sound, do not.
"""

from __future__ import annotations

import numpy as np
import torch
from nnaudio_runtime.files.domain import brought_into
from nnaudio_runtime.files.selftest import generated_signal
from numpy.typing import NDArray
from torch import Tensor

from nnaudio_exporters.prepare.inputs import Input

Signal = NDArray[np.float64]

# Shares of the sampling rate: in each octave, where the stop band of a decimator by two begins.
_EDGES = tuple(0.41 / 2**octave for octave in range(7))
# A bin of every transform whose size is a multiple of 16.
_ON_A_BIN = 1 / 16
_DB_100 = 1e-5
# From begin to end: 120 dB.
_FADING = 1e-6
# Places of an onset that are tried, so many samples apart: no multiple of a hop.
_PLACES, _APART = 8, 37


def revealing_signals(model_input: Input, length: int, *, few: bool = False) -> dict[str, Tensor]:
    """Float32 inputs by name, noise first.

    Args:
        model_input: of the module; tones are for audio.
        length: of the inputs.
        few: one of each kind, for a module whose runs take long.

    Example:
        >>> list(revealing_signals(Input(axes=("batch", 20, "frames")), 8))
        ['noise', 'silence, then noise', 'noise, then silence', 'impulses', 'fading sound']
    """
    shape = model_input.shape(1, length)
    axis = model_input.axes.index(model_input.length_axis)
    time = np.arange(length).reshape(-1, *[1] * (len(shape) - axis - 1))
    noise = generated_signal(shape, seed=31).astype(np.float64)
    # How far a filter reaches shows where its end meets a sound: that depends on the frame's place.
    items = 2 if few else _PLACES
    items = items if model_input.axes[0] == "batch" else 1
    middle = length // 2 + _APART * np.arange(items).reshape(-1, *[1] * (len(shape) - 1))
    late = time[None] >= middle if axis else time >= length // 2
    at_once = time[None] == middle if axis else time == length // 2
    signals: dict[str, Signal] = {
        "noise": noise,
        "silence, then noise": noise * late,
        "noise, then silence": noise * ~late,
        "impulses": np.broadcast_to(0.8 * at_once, model_input.shape(items, length)),
    }
    carrier = noise
    if model_input.length_axis == "samples":
        tones = {share: np.broadcast_to(_tone(share, time), shape) for share in _EDGES}
        carrier = tones[_EDGES[2]]
        on_a_bin = _tone(_ON_A_BIN, time)
        signals["loud and faint tone"] = on_a_bin + _DB_100 * tones[_EDGES[1]]
        # From 0 to half the rate.
        signals["chirp"] = np.broadcast_to(_tone(0.25 * time / length, time), shape)
        if not few:
            signals["tone on a bin"] = np.broadcast_to(on_a_bin, shape)
            signals |= {f"tone at {share:.2g} of the rate": tone for share, tone in tones.items()}
    signals["fading sound"] = carrier * _FADING ** (time / length)
    return {
        name: torch.from_numpy(brought_into(model_input.domain, signal.astype(np.float32)))
        for name, signal in signals.items()
    }


def _tone(share: float | Signal, time: NDArray[np.int64]) -> Signal:
    return np.asarray(0.8 * np.sin(2 * np.pi * share * time))
