"""The properties of a file are flat strings under one prefix."""

from __future__ import annotations

from nnaudio_runtime.errors import ModelFileError

PREFIX = "nnaudio."


def whole_number(key: str, text: str, at_least: int | None = None) -> int:
    """The value of a property.

    Args:
        key: without the prefix.
        text: what the file says.
        at_least: the least that it may be; None for any.

    Raises:
        ModelFileError: it is no whole number, or too small.
    """
    try:
        number = int(text)
    except ValueError:
        raise ModelFileError(f"{PREFIX}{key} is {text[:40]!r}, it must be a whole number") from None
    if at_least is not None and number < at_least:
        raise ModelFileError(f"{PREFIX}{key} is {number}, it must be at least {at_least}")
    return number
