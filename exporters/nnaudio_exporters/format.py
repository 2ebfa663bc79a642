"""The seam of the formats: what each file or folder in ``formats/`` says of its own.

All else (options, preparation, proof, metadata, the file that appears whole or not at all) is the
same for all formats and stands in :mod:`nnaudio_exporters.pipeline`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol

import nnaudio_runtime
from numpy.typing import NDArray

from nnaudio_exporters.prepare.options import Options
from nnaudio_exporters.prepare.prepared import PreparedModule

Write = Callable[[Path, Mapping[str, str]], None]
"""Writes a converted module with these properties to a path. It may be called again."""


class LoadedFile(Protocol):
    """A file that is loaded, as the proof runs it; a :class:`nnaudio_runtime.Frontend` is one."""

    def run(self, audio: NDArray[Any], /) -> Mapping[str, NDArray[Any]]:
        """The outputs by name, for the input as the file takes it."""
        ...

    def selftest(self) -> float:
        """The largest error of the file's own self-test.

        Raises:
            SelfTestError: it is larger than allowed.
        """
        ...


class Engine(NamedTuple):
    """What runs the files of a format here.

    Attributes:
        name: of the engine, e.g. ``"ONNX Runtime"``.
        version: that is installed.
    """

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Format(ABC):
    """A format of files. Fields of a class are the options that only this format has.

    Attributes:
        name: as commands and the registry have it; ``nnaudio_exporters.export_<name>`` writes it.
        suffix: of its files, with the dot.
        title: as people write the name.
        traces: a file holds the graph that ``torch.export`` traces, and so the way that the code
            took for the traced sizes; else it holds the code.
    """

    name: ClassVar[str]
    suffix: ClassVar[str]
    title: ClassVar[str] = ""
    traces: ClassVar[bool] = False

    @abstractmethod
    def check(self, options: Options) -> Options:
        """Refuses what the format cannot do, before any work.

        Args:
            options: as the caller gave them.

        Returns:
            The options as the format takes them: with fixed shapes where it has no others, say.

        Raises:
            ValueError: the message says what would be right.
        """

    @abstractmethod
    def engine(self) -> Engine:
        """What the proof runs the file with.

        Raises:
            ImportError: it is not installed; the message names the extra.
        """

    def bounded(self, prepared: PreparedModule) -> PreparedModule:
        """The module within the bounds of the format, on its batch or its longest input.

        Raises:
            ValueError: the bounds that the caller gave do not fit the module.
        """
        return prepared

    @abstractmethod
    def convert(self, prepared: PreparedModule) -> Write:
        """Converts a module, so that it can be written with any properties.

        Raises:
            ExportError: the format cannot express the module.
        """

    def load(self, path: Path) -> LoadedFile:
        """Loads a file as its users will, for the proof."""
        return nnaudio_runtime.load(path, providers="cpu")
