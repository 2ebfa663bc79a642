"""Graphs that take 16-bit PCM: the samples as they come from a microphone or a file."""

from __future__ import annotations

from nnaudio_runtime.files.pcm import FULL_SCALE, INPUT_DTYPES, InputDtype
from torch import Tensor, nn


class FromPCM(nn.Module):
    """int16 samples → audio in -1 ... 1, float32, of the same shape.

    Example:
        >>> import torch
        >>> FromPCM()(torch.tensor([-32768, 8192], dtype=torch.int16))
        tensor([-1.0000,  0.2500])
    """

    def __init__(self) -> None:
        super().__init__()
        self.step = 1 / FULL_SCALE  # a power of two: exact

    def forward(self, samples: Tensor) -> Tensor:
        """The audio."""
        return samples.float() * self.step


def reading(dtype: InputDtype, module: nn.Module) -> nn.Module:
    """The module behind what reads the input's type; itself for float32."""
    return nn.Sequential(FromPCM(), module) if dtype == "int16" else module


def check_input_dtype(input_dtype: str) -> InputDtype:
    """The type by its name.

    Raises:
        ValueError: there is no such type.
    """
    for dtype in INPUT_DTYPES:
        if input_dtype == dtype:
            return dtype
    raise ValueError(f"input_dtype={input_dtype!r}: must be one of {', '.join(INPUT_DTYPES)}")
