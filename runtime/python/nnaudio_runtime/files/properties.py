"""The properties of a file: flat strings under one prefix, with numbers as strict as in C++."""

from __future__ import annotations

import math
import re

from nnaudio_runtime.errors import ModelFileError

PREFIX = "nnaudio."
# A file must not make the runtime allocate without bound: 2**26 values are 25 minutes at 44.1 kHz.
MOST_VALUES = 2**26

_WHOLE = re.compile(r"(-?)0*([0-9]+)")
_REAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DIGITS = 19  # of the largest number of 64 bits


def parse_whole(text: str) -> int | None:
    """A whole number of 64 bits; None for anything else that Python's own ``int`` may take.

    Example:
        >>> parse_whole("-12"), parse_whole("1_000"), parse_whole(" 1"), parse_whole(str(2**63))
        (-12, None, None, None)
    """
    found = _WHOLE.fullmatch(text)
    if found is None or len(found[2]) > _DIGITS:
        return None
    number = int(found[1] + found[2])
    return number if -(2**63) <= number < 2**63 else None


def parse_real(text: str) -> float | None:
    """A finite number; None for anything else that Python's own ``float`` may take.

    Example:
        >>> parse_real("1e-05"), parse_real("nan"), parse_real("1e999")
        (1e-05, None, None)
    """
    number = float(text) if _REAL.fullmatch(text) else math.inf
    return number if math.isfinite(number) else None


def fixed_size(axis: str) -> int | None:
    """The size of an axis that is a number; None where it is a name.

    Example:
        >>> fixed_size("80"), fixed_size("samples"), fixed_size("-1")
        (80, None, None)
    """
    return None if axis.startswith("-") else parse_whole(axis)


def whole_number(
    key: str, text: str, at_least: int | None = None, at_most: int | None = None
) -> int:
    """The value of a property.

    Args:
        key: without the prefix.
        text: what the file says.
        at_least: the least that it may be; None for any.
        at_most: the most that it may be; None for any.

    Raises:
        ModelFileError: it is no whole number, too small or too large.
    """
    number = parse_whole(text)
    if number is None:
        raise ModelFileError(f"{PREFIX}{key} is {text[:40]!r}, it must be a whole number")
    if at_least is not None and number < at_least:
        raise ModelFileError(f"{PREFIX}{key} is {number}, it must be at least {at_least}")
    if at_most is not None and number > at_most:
        raise ModelFileError(f"{PREFIX}{key} is {number}, it must be at most {at_most}")
    return number
