"""The seam of the formats: all have one shape, and a new one edits no file but its own."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nnaudio_exporters
import pytest
import torch
from nnaudio_exporters import formats
from nnaudio_exporters.format import Engine, Format, LoadedFile, Write
from nnaudio_exporters.formats.all_formats import FORMATS
from nnaudio_exporters.pipeline import export
from nnaudio_exporters.prepare.options import Options
from nnaudio_runtime.files.metadata import Metadata
from support.modules import small_mel
from torch import nn

from nnaudio_export import ParityError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nnaudio_exporters.prepare.prepared import PreparedModule
    from numpy.typing import NDArray

# What stands in the folder beside the formats: their list, and the conversion of a whole file.
NO_FORMATS = {"all_formats", "ort"}


@pytest.mark.parametrize("format", FORMATS.values(), ids=FORMATS)
def test_a_function_takes_what_all_take_and_what_its_format_has(format: type[Format]) -> None:
    taken = inspect.signature(getattr(nnaudio_exporters, f"export_{format.name}")).parameters
    defaults = {field.name: field.default for field in (*fields(Options), *fields(format))}
    assert MISSING not in defaults.values()
    assert {name: taken[name].default for name in defaults} == defaults
    assert set(taken) == {"layer", "path", *defaults, "tolerance", "proof", "metadata"}
    assert [name for name in taken if hasattr(Options, name)] == [f.name for f in fields(Options)]


def test_every_file_of_the_folder_is_a_format_of_the_list() -> None:
    folder = Path(formats.__file__).parent
    found = {path.stem for path in folder.iterdir() if not path.name.startswith("__")}
    homes = {format.__module__.split(".")[2] for format in FORMATS.values()}
    assert found - NO_FORMATS == homes
    assert len({format.suffix for format in FORMATS.values()}) == len(FORMATS)


@dataclass(frozen=True)
class Pickled(Format):
    """A format of this test: the module and the properties, pickled; run by PyTorch itself."""

    gain: float = 1.0

    name = "pickled"
    suffix = ".pickle"

    def check(self, options: Options) -> Options:
        return options

    def engine(self) -> Engine:
        return Engine("Pickle", "4")

    def convert(self, prepared: PreparedModule) -> Write:
        def write(path: Path, properties: Mapping[str, str]) -> None:
            torch.save((prepared.written_graph(), dict(properties)), path)

        return write

    def load(self, path: Path) -> LoadedFile:
        module, properties = torch.load(path, weights_only=False)
        return Unpickled(module, properties, self.gain)


class Unpickled:
    def __init__(self, module: nn.Module, properties: dict[str, str], gain: float) -> None:
        self.module, self.gain = module, gain
        info = Metadata.from_properties(properties)
        assert info is not None
        self.info = info

    def run(self, audio: NDArray[Any], /) -> dict[str, NDArray[Any]]:
        with torch.inference_mode():
            output = self.gain * self.module(torch.from_numpy(audio))
        return {self.info.output_names[0]: output.numpy()}

    def selftest(self) -> float:
        assert self.info.selftest is not None
        return self.info.selftest.check(self.run(self.info.selftest.signal()))


def test_a_format_of_somebody_else_goes_through_the_pipeline(tmp_path: Path) -> None:
    path = tmp_path / "mel.pickle"
    result = export(small_mel(), path, Pickled(), Options(), None, {"who": "me"})
    assert result.parity.passed
    assert result.size == path.stat().st_size
    assert "Pickle=4" in result.metadata.parity
    module, properties = torch.load(path, weights_only=False)
    assert Metadata.from_properties(properties) == result.metadata
    assert Unpickled(module, properties, 1.0).selftest() <= 1e-5


def test_a_format_that_computes_something_else_writes_nothing(tmp_path: Path) -> None:
    format = Pickled(gain=1.001)
    with pytest.raises(ParityError, match="PARITY FAILS"):
        export(small_mel(), tmp_path / "mel.pickle", format, Options(), None, None)
    assert list(tmp_path.iterdir()) == []
