"""An input in a few numbers, which one NumPy expression builds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from nnaudio_runtime.files.pcm import FULL_SCALE
from numpy.typing import NDArray

from nnaudio_exporters.prepare.inputs import LENGTH_AXES, Input

Spectrum = Literal[
    "constant", "tone", "noise", "full scale", "click", "two tones", "harmonics", "band"
]
SPECTRA: tuple[Spectrum, ...] = get_args(Spectrum)
"""The simplest first."""


@dataclass(frozen=True)
class Case:
    """An input. Frequencies are shares of the sampling rate, levels decibels, places samples.

    Attributes:
        batch: batch size.
        length: of the input.
        spectrum: what it is made of.
        level: of it all.
        frequency: of the tone, of the fundamental, of the middle of the band.
        second: the other tone's frequency; half the width of the band.
        faint: level of the other tone.
        start: all is silent before.
        stop: all is silent from here on; None for the end.
        decay: from begin to end.
        offset: share of the level that is a constant.
        seed: of the noise.

    Example:
        >>> Case(1, 800, "tone", level=-20, start=100).expression(Input())
        '(10 ** (-20 / 20) * np.sin(2 * np.pi * 0.0625 * np.arange(800).reshape(1, 800)) * \
(np.arange(800) >= 100)).astype(np.float32)'
    """

    batch: int
    length: int
    spectrum: Spectrum = "noise"
    level: float = 0.0
    frequency: float = 0.0625
    second: float = 0.125
    faint: float = -60.0
    start: int = 0
    stop: int | None = None
    decay: float = 0.0
    offset: float = 0.0
    seed: int = 0

    def cut(self, length: int) -> Case:
        """The same in another length, with its begin and end inside."""
        stop = None if self.stop is None or self.stop >= length else self.stop
        start = self.start if self.start < (stop or length) else 0
        return replace(self, length=length, start=start, stop=stop)

    def build(self, model_input: Input) -> NDArray[Any]:
        """The input as the file takes it."""
        # One text, here and in the program that the user gets: what that builds is what was tried.
        return eval(self.expression(model_input), {"np": np})

    def expression(self, model_input: Input) -> str:
        """The Python expression that builds the input, ``np`` being NumPy."""
        shape = model_input.shape(self.batch, self.length)
        axis = time_axis(model_input)
        time = f"np.arange({shape[axis]})" + _broadcast(len(shape) - 1 - axis)
        factors = [self._level(), self._carrier(shape, axis, time)]
        if self.spectrum != "click" and self.start:
            factors.append(f"({time} >= {self.start})")
        if self.stop is not None:
            factors.append(f"({time} < {self.stop})")
        if self.decay:
            factors.append(f"10 ** ({-self.decay:g} / 20 * {time} / {shape[axis]})")
        text = " * ".join(filter(None, factors))
        text = f"({text}).astype(np.float32)" if " * " in text else f"{text}.astype(np.float32)"
        if model_input.domain == "non-negative":
            text = f"abs({text})"
        if model_input.dtype == "int16":
            full = f"-{FULL_SCALE}, {FULL_SCALE - 1}"
            text = f"np.clip(np.round({text} * {FULL_SCALE}), {full}).astype(np.int16)"
        return text

    def _level(self) -> str:
        return f"10 ** ({self.level:g} / 20)" if self.level else ""

    def _carrier(self, shape: tuple[int, ...], axis: int, time: str) -> str:
        """The signal before level, begin and end."""
        text = self._spectrum(shape, axis, time)
        return f"({1 - self.offset:g} * {text} + {self.offset:g})" if self.offset else text

    def _spectrum(self, shape: tuple[int, ...], axis: int, time: str) -> str:
        # What sums up is divided so that it stays within -1 ... 1.
        noise = f"np.random.RandomState({self.seed}).uniform(-1, 1, {shape})"
        # In C order, so that the items of a batch differ.
        place = f"np.arange({math.prod(shape)}).reshape{shape}"
        tone = f"np.sin(2 * np.pi * {self.frequency!r} * {place})"
        if self.spectrum == "constant":
            return f"np.ones({shape})"
        if self.spectrum == "noise":
            return noise
        if self.spectrum == "full scale":
            return f"np.sign({noise})"
        if self.spectrum == "click":
            return f"np.ones({shape}) * ({time} == {self.start})"
        if self.spectrum == "two tones":
            other = f"np.sin(2 * np.pi * {self.second!r} * {place})"
            return f"({tone} + 10 ** ({self.faint:g} / 20) * {other}) / 2"
        if self.spectrum == "harmonics":
            partial = f"np.sin(2 * np.pi * {self.frequency!r} * k * {place})"
            return f"sum({partial} / k for k in range(1, 9)) / 3"
        if self.spectrum == "band":
            length, after = shape[axis], _broadcast(len(shape) - 1 - axis)
            inside = f"(abs(np.fft.rfftfreq({length}) - {self.frequency!r}) < {self.second!r})"
            spectrum = f"np.fft.rfft({noise}, axis={axis}) * {inside}{after}"
            return f"np.fft.irfft({spectrum}, {length}, axis={axis}) / 3"
        return tone


def time_axis(model_input: Input) -> int:
    """The axis along which an input goes on; the last, where all have fixed sizes."""
    for index, axis in enumerate(model_input.axes):
        if axis in LENGTH_AXES:
            return index
    return len(model_input.axes) - 1


def _broadcast(axes_behind: int) -> str:
    """An index that puts axes of size 1 behind an array of one axis."""
    return f"[:{', None' * axes_behind}]" if axes_behind else ""
