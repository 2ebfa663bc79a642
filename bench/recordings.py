"""The recordings that the project ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_FOLDER = Path(__file__).parents[1] / "examples" / "audio"


def recordings() -> dict[str, NDArray[np.float32]]:
    """Name -> samples in -1 ... 1, channels mixed."""
    import soundfile  # type: ignore[import-untyped]

    files = sorted(_FOLDER.glob("*.flac"))
    if not files:
        raise FileNotFoundError(f"{_FOLDER} holds no recordings")
    return {path.stem: _mixed(soundfile.read(path, dtype="float32")[0]) for path in files}


def _mixed(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    return samples if samples.ndim == 1 else samples.mean(axis=1)
