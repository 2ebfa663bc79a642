"""A generated model: a program that makes it, and what is known of it."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from torch import nn

PRELUDE = """\
import torch
from torch import nn
from torch.nn import functional as F
from nnaudio_export import *
from nnaudio_export.augment import TimeMasking
from proof.settled import settled
"""


@cache
def _folder() -> Path:
    # People's modules come out of files: TorchScript and error messages read the source.
    return Path(tempfile.mkdtemp(prefix="models_"))


@dataclass(frozen=True)
class Model:
    """A model as somebody writes it, and how it is exported.

    Attributes:
        name: short, and unique with the seed in it.
        source: the program; it makes ``model``.
        format: ``"onnx"`` or ``"torchscript"``.
        arguments: of the export.
        tags: the kinds of parts in it.
        rate: of its input, in Hz.
        stereo: its input is (batch, 2, samples).
        lengths: in samples, at which something changes.
        unsound: why it has no graph; empty if it has one.
    """

    name: str
    source: str
    format: str = "onnx"
    arguments: Mapping[str, object] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    rate: int = 16000
    stereo: bool = False
    lengths: tuple[int, ...] = ()
    unsound: str = ""

    def module(self) -> nn.Module:
        """Runs the program; every call gives a new module with the same weights."""
        path = _folder() / f"{self.name}.py"
        path.write_text(PRELUDE + "\n\n" + self.source, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(f"made_{self.name}", path)
        assert spec is not None
        assert spec.loader is not None
        made = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = made
        spec.loader.exec_module(made)
        model: nn.Module = made.model
        return model

    def hurried(self) -> Model:
        """The same, proved for 20 seconds of audio at most, which exports in less time."""
        return replace(self, arguments={**self.arguments, "longest": 20 * self.rate})

    @property
    def call(self) -> str:
        """The export as a line of Python."""
        given = "".join(f", {name}={value!r}" for name, value in self.arguments.items())
        return f'export_{self.format}(model, "model{self.suffix}"{given})'

    @property
    def suffix(self) -> str:
        """Of the file."""
        return {"onnx": ".onnx", "torchscript": ".pt"}[self.format]
