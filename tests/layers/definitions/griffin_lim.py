"""The fast Griffin-Lim algorithm, in float64."""

from __future__ import annotations

import numpy as np
from layers.definitions.fourier import Real, Window, as_pairs, overlap_add, stft


def start_phase(bins: int, frames: int, *, n_fft: int, hop: int, seed: int = 0) -> Real:
    """Radians: every bin a steady tone, its offset from a linear congruential generator."""
    state, offsets = seed, []
    for _ in range(bins):
        state = (1664525 * state + 1013904223) % 2**32
        offsets.append(float(np.float32(state / 2**31 - 1)) / 2)
    turns = np.outer(np.arange(bins), np.arange(frames)) * hop / n_fft
    return 2 * np.pi * (turns + np.asarray(offsets)[:, None])


def griffin_lim(
    magnitude: Real,
    *,
    n_fft: int,
    hop: int,
    n_iter: int,
    momentum: float = 0.99,
    win_length: int | None = None,
    window: Window = "hann",
    center: bool = True,
    pad_mode: str = "reflect",
    length: int | None = None,
    seed: int = 0,
) -> Real:
    """``c <- S angle(t[n] - a t[n-1])`` with ``t = STFT(ISTFT(c))``, ``a = m / (1 + m)``.

    Perraudin, Balazs and Søndergaard 2013, in librosa's form.
    """
    frame = {"n_fft": n_fft, "hop": hop, "win_length": win_length, "window": window}
    bins, frames = magnitude.shape
    phase = start_phase(bins, frames, n_fft=n_fft, hop=hop, seed=seed)
    wanted = magnitude * np.exp(1j * phase)
    before = np.zeros_like(wanted)
    for _ in range(n_iter):
        audio, _ = overlap_add(as_pairs(wanted), center=center, **frame)
        rebuilt = stft(audio, center=center, pad_mode=pad_mode, **frame)
        led_on = rebuilt - momentum / (1 + momentum) * before
        size = np.abs(led_on)
        wanted = magnitude * np.divide(led_on, size, out=np.zeros_like(led_on), where=size > 1e-19)
        before = rebuilt
    return overlap_add(as_pairs(wanted), center=center, length=length, **frame)[0]
