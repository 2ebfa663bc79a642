"""Outputs of a file that does not name them itself: its metadata does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnaudio_runtime.errors import ModelFileError

if TYPE_CHECKING:
    from pathlib import Path

    from nnaudio_runtime.files.metadata import Metadata


def with_outputs(path: Path, info: Metadata | None) -> Metadata:
    """The metadata of a TorchScript archive or ExecuTorch program.

    Args:
        path: of the file, for messages.
        info: its metadata; None where it has none.

    Raises:
        ModelFileError: it does not name the outputs, or not the axes of each.
    """
    if info is None or not info.output_names:
        raise ModelFileError(
            f"{path} has no nnaudio.format or no nnaudio.output_names: export it again"
        )
    names, axes = len(info.output_names), len(info.output_axes)
    if axes != names:
        raise ModelFileError(
            f"{path}: nnaudio.output_axes has {axes} entries, it must be {names}, as many as "
            "nnaudio.output_names"
        )
    return info
