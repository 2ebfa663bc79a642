"""Which lines of code are the user's."""

from __future__ import annotations

import traceback
from pathlib import Path

import torch

_TORCH = str(Path(torch.__file__).parent)
_OURS = ("nnaudio_export", "nnaudio_contract", "nnaudio_exporters")


def is_users(filename: str) -> bool:
    """Neither PyTorch's nor ours, nor generated; ``<stdin>`` and what is exec'd are the user's."""
    if filename.startswith(("<frozen", "<eval_with_key", _TORCH)):
        return False
    return not any(f"/{name}/" in filename for name in _OURS)


def place_of(error: BaseException) -> str:
    """The innermost line of the user's that an error came through; empty where there is none."""
    frames = traceback.extract_tb(error.__traceback__)
    # What called the export is the user's, too: only what the module called counts.
    ours = [index for index, frame in enumerate(frames) if not is_users(frame.filename)]
    own = [frame for frame in frames[min(ours, default=0) :] if is_users(frame.filename)]
    if not own:
        return ""
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}: {own[-1].line}"
