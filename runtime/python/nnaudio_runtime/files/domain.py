"""Which values an input takes: any, or the non-negative ones of magnitudes and powers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from nnaudio_runtime.errors import AudioError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Domain = Literal["any", "non-negative"]
_Float = TypeVar("_Float", bound=np.floating[Any])
DOMAINS: tuple[Domain, ...] = ("any", "non-negative")


def brought_into(domain: Domain, signal: NDArray[_Float]) -> NDArray[_Float]:
    """The signal, or its absolute values where an input takes no others.

    Example:
        >>> brought_into("non-negative", np.array([-0.5, 0.25], np.float32))
        array([0.5 , 0.25], dtype=float32)
    """
    return np.abs(signal) if domain == "non-negative" else signal


def check_domain(domain: Domain, array: NDArray[Any]) -> None:
    """Refuses values that the domain does not hold.

    Raises:
        AudioError: the message names the first such value.
    """
    if domain == "any" or array.size == 0 or not array.min() < 0:
        return
    below = np.argwhere(array < 0)
    index = ", ".join(map(str, below[0]))
    raise AudioError(
        f"the input holds {len(below)} values below 0, the first is {array[tuple(below[0])]} at "
        f"[{index}]: it must be a magnitude or power, not decibels or a complex part"
    )
