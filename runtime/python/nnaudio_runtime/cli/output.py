"""Where results go, and how they get there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


def targets(sources: Sequence[Path], output: Path) -> dict[Path, Path]:
    """Gives every input its ``.npy``.

    Args:
        sources: the inputs.
        output: a ``.npy`` file for a single input, or a folder; it is made where it is missing.

    Raises:
        typer.BadParameter: two inputs would become one file, or an input would be overwritten.
        OSError: the folder cannot be made.
    """
    if output.suffix == ".npy":
        if len(sources) > 1:
            raise typer.BadParameter(
                f"{output} is one file for {len(sources)} inputs: name a folder",
                param_hint="--output",
            )
        files = {sources[0]: output}
    else:
        output.mkdir(exist_ok=True)
        files = {source: output / f"{source.stem}.npy" for source in sources}
    if len(set(files.values())) < len(sources):
        raise typer.BadParameter("two inputs have the same name: run them one by one")
    inputs = {source.resolve() for source in sources}
    for target in files.values():
        if target.resolve() in inputs:
            raise typer.BadParameter(
                f"{target} is an input and would be overwritten: choose another folder",
                param_hint="--output",
            )
    return files


def save_arrays(target: Path, arrays: Mapping[str, NDArray[Any]]) -> dict[str, list[int]]:
    """Saves the outputs of a front end; several get their name before the suffix.

    Returns:
        File -> shape.
    """
    saved = {}
    for name, array in arrays.items():
        path = target if len(arrays) == 1 else target.with_suffix(f".{name}.npy")
        with replacing(path) as beside, beside.open("wb") as file:
            np.save(file, array)
        saved[str(path)] = list(array.shape)
    return saved


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a file beside ``path`` that takes its place when all went well, and else is gone.

    Raises:
        OSError: the folder is missing, full or cannot be written to; the message names ``path``.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
        beside.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)  # NumPy's own have no number
        raise OSError(error.errno or errno.EIO, reason, os.fspath(path)) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()
