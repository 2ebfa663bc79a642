"""A row of the table of layers: a configuration, what it must compute, and how closely."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from layers import definitions
from layers.definitions import Real
from numpy.typing import NDArray
from signals import SIGNALS

from nnaudio_export.layers.layer import Layer

Array = NDArray[np.floating]
Input = NDArray[np.float32]


@dataclass(frozen=True)
class Row:
    """A layer's configuration, what it must compute, and how closely.

    Attributes:
        id: name of the row.
        make: builds the layer; keyword arguments override, e.g. ``make(trainable=True)``.
        definition: the transform of one item in float64, from :mod:`layers.definitions`.
        tolerance: largest error of the float32 layer against the definition.
        double_tolerance: the same of the layer in float64, where what is left is the formula. The
            definitions round to 1e-16, and frames of 2048 samples sum that up.
        reference: the same transform by another float32 library, of one item; None: there is none.
        reference_tolerance: largest error against it.
        measure: ``"relative"``: max|a - b| / max|b|. ``"circle"``: |exp(ia) - exp(ib)|.
        weight: how much each value of the output of one item counts, 0 ... 1; None: all fully.
        trainable: arguments that make it trainable → the parameters there are then.
        blind_to: signals of which the output holds rounding only, so that nothing is compared.
        bins: of a spectrogram input; None: the input is audio.
        frame: samples of a frame, where it is not the argument ``n_fft``; to make spectrograms from
            signals.
        magnitudes: the spectrogram holds magnitudes or powers, without a phase.
        magnifies: how many times as much as other layers it magnifies rounding: the factor on
            every tolerance between two programs of the same layer.
        bfloat16: largest error in bfloat16.
    """

    id: str
    make: Callable[..., Layer]
    definition: Callable[[Real], Real]
    tolerance: float
    double_tolerance: float = 1e-12
    reference: Callable[[Input], Array] | None = None
    reference_tolerance: float = 0.0
    measure: Literal["relative", "circle"] = "relative"
    weight: Callable[[Real], Real] | None = None
    trainable: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    blind_to: tuple[str, ...] = ()
    bins: int | None = None
    frame: int = 0
    magnitudes: bool = False
    magnifies: float = 1.0
    # 2^-9 for each rounding: audio, kernel, sum, square, projection.
    bfloat16: float = 0.03

    @property
    def signals(self) -> tuple[str, ...]:
        """Names of the test signals that the row is compared on."""
        return tuple(name for name in SIGNALS if name not in self.blind_to)

    def empty(self) -> tuple[int, ...]:
        """The shape of an input of no length."""
        if self.bins is None:
            return (1, 0)
        return (1, self.bins, 0) if self.magnitudes else (1, self.bins, 0, 2)

    def example(self, signal: str, length: int, batch: int = 1) -> Input:
        """Input made of a test signal: ``(batch, samples)`` or ``(batch, bins, frames[, 2])``.

        Items differ in their loudness, as they do in practice.
        """
        if self.bins is None:
            one = SIGNALS[signal](length)
        else:
            # Consecutive pieces of a signal, which overlap in contradiction once they are frames.
            if signal == "impulse":
                wave = np.tile(SIGNALS[signal](self.frame), (length, 1))
            else:
                wave = SIGNALS[signal](self.frame * length).reshape(length, self.frame)
            spectrum = np.fft.fft(wave, axis=1).T[: self.bins]
            values = np.abs(spectrum) if self.magnitudes else definitions.as_pairs(spectrum)
            one = values.astype(np.float32)
        return np.stack([one * np.float32(0.5**item) for item in range(batch)])

    def error(self, found: Array, expected: Array, item: Input) -> float:
        """Error of the output of one item by the row's measure and weight."""
        assert found.shape == expected.shape, (found.shape, expected.shape)
        a, b = np.asarray(found, np.float64), np.asarray(expected, np.float64)
        assert np.isfinite(a).all()
        if self.measure == "circle":
            difference, scale = np.abs(np.exp(1j * a) - np.exp(1j * b)), np.ones(())
        else:
            difference, scale = np.abs(a - b), np.abs(b)
        weight = 1.0 if self.weight is None else self.weight(item.astype(np.float64))
        return float((difference * weight).max()) / (float((scale * weight).max()) or 1.0)
