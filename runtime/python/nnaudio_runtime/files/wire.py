"""The wire format of Protocol Buffers, as far as reading an ONNX file needs it.

Reference: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class WireError(ValueError):
    """The bytes are no message: cut off, or never one."""


def fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    r"""Yields the fields of one message, in order.

    Args:
        message: bytes of the message. Nothing is copied: a gigabyte of weights is one slice.

    Yields:
        Field number, and the value: an integer, or the bytes of a string, a message or a number
        of fixed width.

    Raises:
        WireError: the bytes are cut off or malformed.

    Example:
        >>> [(number, bytes(value)) for number, value in fields(memoryview(b"\x0a\x02hi"))]
        [(1, b'hi')]
    """
    position, end = 0, len(message)
    while position < end:
        key, position = _varint(message, position)
        number, wire_type = key >> 3, key & 7
        if number == 0:
            raise WireError(f"field number 0 at byte {position}")
        if wire_type == _VARINT:
            value, position = _varint(message, position)
            yield number, value
            continue
        if wire_type == _BYTES:
            length, position = _varint(message, position)
        elif wire_type in (_FIXED32, _FIXED64):
            length = 4 if wire_type == _FIXED32 else 8
        else:
            raise WireError(f"wire type {wire_type} at byte {position}")
        if length > end - position:
            raise WireError(f"{length} bytes announced, {end - position} left")
        yield number, message[position : position + length]
        position += length


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """Seven bits a byte, lowest first; at most ten bytes. Returns the number and what follows."""
    number = 0
    for shift, byte in zip(range(0, 70, 7), message[position : position + 10], strict=False):
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position + shift // 7 + 1
    raise WireError(f"no number at byte {position}")
