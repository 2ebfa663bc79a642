"""The fast Griffin-Lim algorithm, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from layers.definitions.fourier import (
    Real,
    Spectrum,
    Window,
    as_pairs,
    centred_window,
    overlap_add,
    stft,
)


def start_phase(magnitude: Real, taper: Real, hop: int) -> Real:
    """Radians: Průša, Balazs and Søndergaard's advance of phase, added up over the frames.

    ``2 pi k hop / n_fft + hop n_fft / spread * d log |S| / dk``, the slope by three terms of its
    series in the contrast of the neighbours, to 2^-24 of a turn.
    """
    n_fft, (bins, frames) = len(taper), magnitude.shape
    t = np.arange(n_fft)
    centre = (t * taper**2).sum() / (taper**2).sum()
    spread = 4 * np.pi * ((t - centre) ** 2 * taper**2).sum() / (taper**2).sum()
    difference, total = magnitude[2:] - magnitude[:-2], magnitude[2:] + magnitude[:-2]
    c = np.divide(difference, total, out=np.zeros_like(total), where=total > 0)
    advance = np.zeros((bins, frames))
    scale = 2**24 * hop * n_fft / spread / (2 * np.pi)
    advance[1:-1] = np.round(scale * (c + c**3 / 3 + c**5 / 5))
    turns = np.zeros((bins, frames))
    for m in range(1, frames):
        turns[:, m] = (turns[:, m - 1] + (advance[:, m - 1] + advance[:, m]) / 2) % 2**24
    k = np.arange(bins)[:, None]
    steady = k * (n_fft - n_fft // 2) + k * hop * np.arange(frames)
    return 2 * np.pi * (turns / 2**24 + steady % n_fft / n_fft)


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
    floor: float = 0.01,
) -> Real:
    """``c <- S angle(t[n] - a t[n-1])`` with ``t = STFT(ISTFT(c))``, ``a = m / (1 + m)``.

    Perraudin, Balazs and Søndergaard 2013, in librosa's form. Of a vanishing spectrum the angle is
    taken as ``t / sqrt(|t|^2 + (floor S)^2)``.
    """
    frame: dict[str, Any] = {"n_fft": n_fft, "hop": hop, "win_length": win_length, "window": window}
    phase = start_phase(magnitude, centred_window(window, win_length or n_fft, n_fft), hop)
    wanted: Spectrum = np.asarray(magnitude * np.exp(1j * phase), np.complex128)
    before = np.zeros_like(wanted)
    for _ in range(n_iter):
        audio, _ = overlap_add(as_pairs(wanted), center=center, **frame)
        rebuilt = stft(audio, center=center, pad_mode=pad_mode, **frame)
        led_on = rebuilt - momentum / (1 + momentum) * before
        size = np.sqrt(np.abs(led_on) ** 2 + (floor * magnitude) ** 2)
        angle = np.divide(led_on, size, out=np.zeros_like(led_on), where=size > 1e-19)
        wanted = np.asarray(magnitude * angle, np.complex128)
        before = rebuilt
    return overlap_add(as_pairs(wanted), center=center, length=length, **frame)[0]
