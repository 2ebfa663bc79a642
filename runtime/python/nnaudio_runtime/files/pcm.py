"""16-bit PCM: how audio in -1 ... 1 and int16 samples become one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

InputDtype = Literal["float32", "int16"]
INPUT_DTYPES: tuple[InputDtype, ...] = ("float32", "int16")

FULL_SCALE = 32768


def to_pcm(audio: NDArray[np.floating[Any]]) -> NDArray[np.int16]:
    """Audio in -1 ... 1 as the nearest int16 samples; what is louder is clipped.

    Example:
        >>> to_pcm(np.array([-1.0, 0.25, 1.0], np.float32))
        array([-32768,   8192,  32767], dtype=int16)
    """
    whole = np.clip(np.round(audio * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1)
    return whole.astype(np.int16)


def from_pcm(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """int16 samples as audio in -1 ... 1, exactly.

    Example:
        >>> from_pcm(np.array([-32768, 8192], np.int16))
        array([-1.  ,  0.25], dtype=float32)
    """
    return np.divide(samples, FULL_SCALE, dtype=np.float32)
