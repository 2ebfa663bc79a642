"""Says what a file is that is not what it should be."""

from __future__ import annotations

ORT_FORMAT = b"ORTM"  # bytes 4 to 8

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"\x80\x02", "a pickle"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"\x89HDF", "an HDF5 file"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"%PDF", "a PDF document"),
    (0, b"RIFF", "a WAV file"),
    (0, b"fLaC", "a FLAC file"),
    (0, b"OggS", "an Ogg file"),
    (0, b"ID3", "an MP3 file"),
    (0, b"\x7fELF", "a program"),
    (4, ORT_FORMAT, "an .ort file of ONNX Runtime (give the .onnx file it was made from)"),
    (4, b"ET12", "an ExecuTorch program"),
    (4, b"TFL3", "a TensorFlow Lite model"),
)


def describe(head: bytes) -> str:
    r"""What the first bytes of a file say about it.

    Args:
        head: the first bytes; some hundred are enough.

    Example:
        >>> describe(b"fLaC\x00\x00")
        'a FLAC file'
        >>> describe(b"# Notes\n")
        'a text file'
    """
    if not head:
        return "empty"
    for offset, signature, name in _SIGNATURES:
        if head[offset:].startswith(signature):
            return name
    return "a text file" if _is_text(head) else "unknown binary data"


def is_ort_format(head: bytes) -> bool:
    """Whether a file begins like a graph in ONNX Runtime's own format."""
    return head[4:8] == ORT_FORMAT


def _is_text(head: bytes) -> bool:
    try:
        # The head may end within a character, so its last three bytes are not looked at.
        text = head[:-3].decode() if len(head) > 3 else head.decode()
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\r\n\f" for character in text)
