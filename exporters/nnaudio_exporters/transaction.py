"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def check_target(path: str | os.PathLike[str], suffix: str) -> Path:
    """Checks, before any work, that a file can be written at ``path``.

    Args:
        path: of the file to write.
        suffix: that it must have, e.g. ``".onnx"``.

    Returns:
        The path.

    Raises:
        ValueError: another suffix.
        FileNotFoundError: the folder does not exist.
        IsADirectoryError: the path is a folder.
        PermissionError: the folder cannot be written.
    """
    target = Path(path)
    if target.suffix != suffix:
        raise ValueError(f"path={str(path)!r}: must end in {suffix!r}")
    if not target.parent.is_dir():
        raise FileNotFoundError(
            f"the folder {str(target.parent)!r} does not exist: create it, or take another path"
        )
    if target.is_dir():
        raise IsADirectoryError(f"{str(path)!r} is a folder: name a file in it")
    if not os.access(
        target.parent, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids
    ):
        raise PermissionError(
            f"the folder {str(target.parent)!r} cannot be written: take another path"
        )
    return target


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Gives a path to write, and moves what was written over ``target`` at the end.

    The draft lies in a hidden folder beside the target, on the same file system, under the
    target's own name (an ONNX file names its side files). On any error the folder goes and an
    old target stays as it was.

    Example:
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with replacing(Path(folder) / "new.txt") as draft:
        ...         _ = draft.write_text("whole")
        ...     (Path(folder) / "new.txt").read_text(), os.listdir(folder)
        ('whole', ['new.txt'])
    """
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
        draft = Path(folder) / target.name
        yield draft
        # Side files first: at no time does the target name a file that is not there.
        for path in sorted(draft.parent.iterdir(), key=lambda path: path == draft):
            path.replace(target.parent / path.name)
