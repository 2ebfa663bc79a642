"""Argument checks that name the argument, its value and what would be right."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real


def whole_number(name: str, value: object, *, minimum: int = 1, maximum: int | None = None) -> int:
    """Returns ``value`` as int, or raises ValueError when it is no whole number in the range.

    Example:
        >>> whole_number("hop_length", 0)
        Traceback (most recent call last):
            ...
        ValueError: hop_length=0: must be a whole number of at least 1
    """
    limits = f"of at least {minimum}" if maximum is None else f"from {minimum} to {maximum}"
    if isinstance(value, Integral) and not isinstance(value, bool):
        found = int(value)
        if found >= minimum and (maximum is None or found <= maximum):
            return found
    raise ValueError(f"{name}={value!r}: must be a whole number {limits}")


def number(
    name: str, value: object, *, above: float = -math.inf, minimum: float = -math.inf
) -> float:
    """Returns ``value`` as float, or raises ValueError when it is not finite or out of range."""
    if isinstance(value, Real):
        found = float(value)
        if math.isfinite(found) and found > above and found >= minimum:
            return found
    limit = f" above {above:g}" if above > -math.inf else ""
    limit = f" of at least {minimum:g}" if minimum > -math.inf else limit
    raise ValueError(f"{name}={value!r}: must be a finite number{limit}")


def one_of(name: str, value: object, allowed: Iterable[object]) -> None:
    """Raises ValueError when ``value`` is none of ``allowed``."""
    allowed = list(allowed)
    if value not in allowed:
        raise ValueError(f"{name}={value!r}: must be one of {', '.join(map(repr, allowed))}")


def frequency_range(sr: float, fmin: float, fmax: float) -> tuple[float, float]:
    """Checks ``0 <= fmin < fmax <= sr / 2``, all in Hz, and returns fmin and fmax."""
    nyquist = sr / 2
    number("fmin", fmin, minimum=0)
    number("fmax", fmax, above=0)
    if fmax > nyquist:
        raise ValueError(f"fmax={fmax!r}: must be at most {nyquist:g} Hz, half of sr={sr!r}")
    if fmin >= fmax:
        raise ValueError(f"fmin={fmin!r}: must be below fmax={fmax!r}")
    return float(fmin), float(fmax)
