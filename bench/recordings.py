"""The recordings that the project ships."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FOLDER = Path(__file__).parents[1] / "examples" / "audio"


def recordings() -> dict[str, NDArray[np.float32]]:
    """Name -> samples in -1 ... 1, channels mixed."""
    import soundfile

    files = sorted(_FOLDER.glob("*.flac"))
    if not files:
        raise FileNotFoundError(f"{_FOLDER} holds no recordings")
    loaded = {path.stem: soundfile.read(path, dtype="float32", always_2d=True) for path in files}
    return {name: samples.mean(axis=1, dtype=np.float32) for name, (samples, _) in loaded.items()}
