"""The input of a module: its axes, its values, and how they reach the module and the file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from nnaudio_contract import Axes, LayerSpec
from nnaudio_runtime.files.domain import Domain, brought_into
from nnaudio_runtime.files.pcm import InputDtype, from_pcm, to_pcm
from nnaudio_runtime.files.selftest import generated_pcm, generated_signal
from numpy.typing import NDArray
from torch import nn

from nnaudio_exporters.prepare.front_ends import first_front_end

LENGTH_AXES = ("samples", "frames")


@dataclass(frozen=True)
class Input:
    """The only input of a module, and of its file.

    Attributes:
        name: of the input.
        axes: symbolic (str) and fixed (int) axes.
        domain: which values it takes.
        dtype: of the file's input. The module itself always gets float32.
        min_length: shortest input along the length axis.
        max_length: longest input that the file takes; None where there is no bound.
        min_batch: fewest items that it takes.
        max_batch: most items; None where there is no bound.

    Example:
        >>> Input().shape(2, 400), Input().with_one_item().axes
        ((2, 400), (1, 'samples'))
    """

    name: str = "audio"
    axes: Axes = ("batch", "samples")
    domain: Domain = "any"
    dtype: InputDtype = "float32"
    min_length: int = 1
    max_length: int | None = None
    min_batch: int = 1
    max_batch: int | None = None

    @property
    def length_axis(self) -> Literal["samples", "frames"]:
        """What the length is counted in; samples, where no axis says so."""
        return "frames" if "frames" in self.axes else "samples"

    @property
    def open_length(self) -> bool:
        """The length is symbolic."""
        return any(axis in LENGTH_AXES for axis in self.axes)

    def admitted_batch(self, batch: int) -> int:
        """The batch size within the bounds that is nearest."""
        return max(self.min_batch, min(batch, self.max_batch or batch))

    def shape(self, batch: int, length: int) -> tuple[int, ...]:
        """The shape for a batch size and a length."""
        return tuple(
            axis if isinstance(axis, int) else batch if axis == "batch" else length
            for axis in self.axes
        )

    def with_one_item(self) -> Input:
        """The same for a batch of one."""
        return replace(self, axes=one_item(self.axes))

    def generated(self, batch: int, length: int, seed: int = 1) -> NDArray[np.float32]:
        """Generated values of a batch size and a length, such as the module takes."""
        shape = self.shape(batch, length)
        if self.dtype == "int16":
            return from_pcm(generated_pcm(shape, seed))
        return brought_into(self.domain, generated_signal(shape, seed))

    def admitted(self, signal: NDArray[np.float32]) -> NDArray[np.float32]:
        """The values that module and file can both be given, nearest to a signal."""
        if self.dtype == "int16":
            return from_pcm(to_pcm(signal))
        return brought_into(self.domain, signal)

    def for_file(self, admitted: NDArray[np.float32]) -> NDArray[np.generic]:
        """The same values as the file takes them."""
        return to_pcm(admitted) if self.dtype == "int16" else admitted


def input_of(module: nn.Module, spec: LayerSpec | None, dtype: InputDtype) -> Input:
    """What is known of a module's input without running it.

    Args:
        module: any module.
        spec: of the front end in it.
        dtype: that the file shall take.

    Returns:
        The input with open axes, as the front end says that it takes it; audio where none does.

    Raises:
        ValueError: 16-bit PCM is asked for, and the input is no audio.
    """
    first = first_front_end(module)
    if first is None and spec and "samples" in spec.input_axes:
        first = spec
    if dtype == "int16" and first and "samples" not in first.input_axes:
        raise ValueError(
            f"input_dtype='int16': {first.layer} takes {first.input_name!r} "
            f"({', '.join(map(str, first.input_axes))}), which is no PCM audio; leave 'float32'"
        )
    found = Input(dtype=dtype, min_length=spec.min_length if spec else 1)
    if first is None:
        return found
    return replace(found, name=first.input_name, axes=first.input_axes, domain=first.input_domain)


def one_item(axes: Axes) -> Axes:
    """The axes for a batch of one."""
    return tuple(1 if axis == "batch" else axis for axis in axes)
