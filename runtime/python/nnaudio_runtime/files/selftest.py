"""A graph carries its own parity test: a generated input and probes of the trained layer's output.

The text form is made to be parsed by splitting on white space, in any language::

    1x4096 1 1e-05                          input shape, seed, tolerance
    mel relative 3.25 12:0.5 99:1.25 ...    per output: name, measure, scale, index:value ...

A fourth word of the first line asks for another input: ``non-negative`` for the absolute values,
``int16`` for 16-bit PCM, whose samples are ``floor(state / 2**17) - 16384``. An index counts the
output's values in C order. The error of a probe is ``|a - b| / scale`` (``relative``), or the
distance on the unit circle ``|exp(ia) - exp(ib)|`` (``circle``, for phase).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from nnaudio_runtime.errors import ModelFileError, SelfTestError
from nnaudio_runtime.files.domain import DOMAINS, Domain, brought_into
from nnaudio_runtime.files.pcm import InputDtype
from nnaudio_runtime.files.properties import MOST_VALUES, parse_real, parse_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Measure = Literal["relative", "circle"]
MEASURES: tuple[Measure, ...] = ("relative", "circle")


def generated_signal(shape: tuple[int, ...], seed: int) -> NDArray[np.float32]:
    """White noise in -0.5 ... 0.5 that any language makes in five lines, bit for bit.

    ``state = (1664525 * state + 1013904223) mod 2**32``, starting from the seed; a sample is
    ``float32(state / 2**31 - 1) / 2``. Source: the generator of Numerical Recipes, 3rd ed., 7.1.

    Args:
        shape: of the signal, filled in C order.
        seed: first state, 0 ... 2**32 - 1.

    Returns:
        float32 array of that shape.

    Example:
        >>> generated_signal((1, 3), seed=1)
        array([[-0.26354447, -0.13072933,  0.00424203]], dtype=float32)
    """
    samples = (_states(shape, seed).astype(np.float64) / 2**31 - 1).astype(np.float32)
    return np.divide(samples, 2, dtype=np.float32)


def generated_pcm(shape: tuple[int, ...], seed: int) -> NDArray[np.int16]:
    """The same noise as 16-bit PCM: the upper 15 bits of every state, less 16384.

    Example:
        >>> generated_pcm((1, 3), seed=1)
        array([[-8636, -4284,   139]], dtype=int16)
    """
    return ((_states(shape, seed) >> 17).astype(np.int32) - 16384).astype(np.int16)


def _states(shape: tuple[int, ...], seed: int) -> NDArray[np.uint32]:
    """States of the generator after each step, in C order."""
    n = math.prod(shape)
    # Jump ahead instead of looping: state_i = a^i * seed + c * (1 + a + ... + a^(i-1)) mod 2^32.
    powers = np.cumprod(np.full(n, 1664525, dtype=np.uint32), dtype=np.uint32)
    sums = np.cumsum(np.concatenate([np.ones(1, np.uint32), powers[:-1]])[:n], dtype=np.uint32)
    states = powers * np.uint32(seed) + np.uint32(1013904223) * sums
    return states.reshape(shape)


@dataclass(frozen=True)
class Probes:
    """What one output must be: values at some of its indices.

    Attributes:
        output: name of the output.
        measure: how an error is measured.
        scale: the largest absolute value of the whole output (1 for ``circle``); an output that
            is all zeros has scale 0 and its error is absolute.
        values: index in C order -> value.
    """

    output: str
    measure: Measure
    scale: float
    values: Mapping[int, float]

    def error(self, output: NDArray[np.floating]) -> float:
        """The largest error over all probes; infinite where an output is missing or not finite."""
        flat = np.asarray(output, dtype=np.float64).ravel()
        indices = np.fromiter(self.values.keys(), dtype=np.int64)
        expected = np.fromiter(self.values.values(), dtype=np.float64)
        if indices.size == 0 or indices.max() >= flat.size:
            return math.inf
        found = flat[indices]
        if not np.isfinite(found).all():
            return math.inf
        if self.measure == "circle":
            return float(np.abs(np.exp(1j * found) - np.exp(1j * expected)).max())
        return float(np.abs(found - expected).max() / (self.scale or 1.0))


@dataclass(frozen=True)
class SelfTest:
    """A generated input and the probes of every output.

    Example:
        >>> test = SelfTest((1, 8), 1, 1e-5, (Probes("mel", "relative", 2.0, {0: 0.5}),))
        >>> print(test.format())
        1x8 1 1e-05
        mel relative 2 0:0.5
        >>> SelfTest.parse(test.format()) == test
        True
    """

    shape: tuple[int, ...]
    seed: int
    tolerance: float
    probes: tuple[Probes, ...]
    domain: Domain = "any"
    dtype: InputDtype = "float32"

    def signal(self) -> NDArray[Any]:
        """The input of the test."""
        if self.dtype == "int16":
            return generated_pcm(self.shape, self.seed)
        return brought_into(self.domain, generated_signal(self.shape, self.seed))

    def check(self, outputs: Mapping[str, NDArray[np.floating]]) -> float:
        """Compares a graph's outputs for :meth:`signal` with the probes.

        Returns:
            The largest error.

        Raises:
            SelfTestError: it is larger than the tolerance, or an output is missing.
        """
        worst = 0.0
        for probes in self.probes:
            if probes.output not in outputs:
                raise SelfTestError(
                    f"the self-test probes output {probes.output!r}, the graph has "
                    f"{', '.join(map(repr, outputs)) or 'none'}"
                )
            error = probes.error(outputs[probes.output])
            if not error <= self.tolerance:
                raise SelfTestError(
                    f"output {probes.output!r} is off by {error:.2g} ({probes.measure}), "
                    f"allowed is {self.tolerance:.2g}: this machine does not compute what was "
                    "exported"
                )
            worst = max(worst, error)
        return worst

    def format(self) -> str:
        """The text form; every float32 value survives the round trip."""
        shape = "x".join(map(str, self.shape))
        kind = "" if self.domain == "any" else f" {self.domain}"
        kind += "" if self.dtype == "float32" else f" {self.dtype}"
        lines = [f"{shape} {self.seed} {self.tolerance:.9g}{kind}"]
        for p in self.probes:
            values = " ".join(f"{i}:{v:.9g}" for i, v in p.values.items())
            lines.append(f"{p.output} {p.measure} {p.scale:.9g} {values}")
        return "\n".join(lines)

    @classmethod
    def parse(cls, text: str) -> SelfTest:
        """Reads the text form.

        Raises:
            ModelFileError: the text is malformed.
        """
        try:
            head, *lines = text.splitlines()
            shape_text, seed_text, tolerance, *more = head.split()
            shape = tuple(parse_whole(size) or 0 for size in shape_text.split("x"))
            if min(shape) < 1 or math.prod(shape) > MOST_VALUES:
                raise ValueError(f"shape {shape_text} is not within 1 ... {MOST_VALUES} values")
            seed = parse_whole(seed_text)
            if seed is None or not 0 <= seed < 2**32:
                raise ValueError(f"seed {seed_text} is not within 0 ... 2**32 - 1")
            allowed = parse_real(tolerance)
            if allowed is None or allowed < 0:
                raise ValueError(f"{tolerance!r} is no tolerance")
            probes = tuple(_parse_probes(line) for line in lines)
            return cls(shape, seed, allowed, probes, *_parse_kind(more))
        except ValueError as error:
            raise ModelFileError(f"nnaudio.selftest is malformed: {error}") from None


def _parse_kind(words: list[str]) -> tuple[Domain, InputDtype]:
    if words == ["int16"]:
        return "any", "int16"
    for domain in DOMAINS:
        if words == ([] if domain == "any" else [domain]):
            return domain, "float32"
    raise ValueError(f"unknown input domain {' '.join(words)!r}")


def _parse_probes(line: str) -> Probes:
    output, measure, scale, *values = line.split()
    if measure not in MEASURES:
        raise ValueError(f"unknown measure {measure!r}")
    largest = parse_real(scale)
    if largest is None:
        raise ValueError(f"{scale!r} is no scale")
    probed = dict(map(_parse_probe, values))
    if any(i < 0 for i in probed):
        raise ValueError("an index is negative")
    return Probes(output, measure, largest, probed)


def _parse_probe(text: str) -> tuple[int, float]:
    index, _, value = text.partition(":")
    place, number = parse_whole(index), parse_real(value)
    if place is None or number is None:
        raise ValueError(f"{text!r} is no index:value")
    return place, number
