"""What a front end says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from torch import Tensor

Axes = tuple[str | int, ...]
Domain = Literal["any", "non-negative"]
Measure = Literal["relative", "circle"]


@dataclass(frozen=True)
class LayerSpec:
    """A front end's description of itself.

    Attributes:
        layer: class name.
        config: the constructor's arguments, JSON-able.
        sample_rate: in Hz.
        hop_length: samples from one frame to the next; None where the layer does not know.
        frame_offset: sample at the centre of frame 0; None where the layer does not know.
        min_length: shortest input along its length axis (``samples`` or ``frames``).
        output_name: speaking name of the output, e.g. ``"mel"``.
        input_name: name of the input.
        input_axes: symbolic (str) and fixed (int) input axes.
        input_domain: which values the input takes: ``"any"``, or ``"non-negative"`` for magnitudes
            and powers.
        output_axes: symbolic and fixed axes of the output.
        more_outputs: names and axes of the other outputs, where the layer returns a tuple.
        needs_whole_signal: why the layer cannot stream, and what can; empty where it can.
        measure: ``"circle"`` for phases, else ``"relative"``.
        weight: maps an input to how much each output value counts, 0 ... 1: the phase of a bin
            counts by its magnitude, since without energy it is rounding. None: all count fully.
    """

    layer: str
    config: Mapping[str, object]
    sample_rate: int
    hop_length: int | None
    frame_offset: int | None
    min_length: int
    output_name: str
    input_name: str = "audio"
    input_axes: Axes = ("batch", "samples")
    input_domain: Domain = "any"
    output_axes: Axes = ("batch", "bins", "frames")
    more_outputs: tuple[tuple[str, Axes], ...] = ()
    needs_whole_signal: str = ""
    measure: Measure = "relative"
    weight: Callable[[Tensor], Tensor] | None = field(default=None, compare=False)

    @property
    def outputs(self) -> tuple[tuple[str, Axes], ...]:
        """Names and axes of all outputs, in their order."""
        return ((self.output_name, self.output_axes), *self.more_outputs)


@runtime_checkable
class Described(Protocol):
    """A module that describes itself: a front end, wherever it sits in a larger module."""

    def describe(self) -> LayerSpec:
        """The description."""
        ...
