"""The house: which room may import which, how large a file may be, one name for one thing."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import resolve_name
from pathlib import Path

import pytest
from layers.table import ROWS
from nnaudio_exporters import PROVIDERS
from nnaudio_exporters.formats.all_formats import FORMATS
from torch import nn

from nnaudio_export import CQT, CombinedFrequencyPeriodicity, layers
from nnaudio_export.cli import layer_group
from nnaudio_export.cli.check import ProviderName
from nnaudio_export.layers.inherited_docs import arguments, sections
from nnaudio_export.layers.layer import Layer

ROOT = Path(__file__).parents[1]
# Where each package lies, and which packages it may import. That the layers load no exporter
# before one is asked for is a test of its own, below.
FOLDERS = {
    "nnaudio_contract": "contract",
    "nnaudio_runtime": "runtime/python",
    "nnaudio_exporters": "exporters",
    "nnaudio_export": "",
}
MAY_IMPORT = {
    "nnaudio_contract": set[str](),
    "nnaudio_runtime": set[str](),
    "nnaudio_exporters": {"nnaudio_contract", "nnaudio_runtime"},
    "nnaudio_export": {"nnaudio_contract", "nnaudio_exporters", "nnaudio_runtime"},
}
# nnAudio's own module names, so that changing the import line is a migration.
NAMESAKES_ON_PURPOSE = "nnaudio_export/features"
MOST_LINES = 350
MOST_FILES = 12
WHY_MANY = "Many files, because"


def modules() -> dict[str, Path]:
    """Every module of ours by its dotted name."""
    found = {}
    for package, folder in FOLDERS.items():
        base = ROOT / folder
        for path in (base / package).rglob("*.py"):
            name = ".".join(path.relative_to(base).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


MODULES = modules()


def imported(name: str, path: Path) -> set[str]:
    """What a module imports of ours, wherever in the file, also for type checkers only."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), name)
            names = {f"{source}.{alias.name}" for alias in node.names}
            found |= (names & MODULES.keys()) or {source}
    return (found & MODULES.keys()) - {name}


GRAPH = {name: imported(name, path) for name, path in MODULES.items()}


def room(name: str) -> str:
    """The folder of a module; a file at the top of a package is a room of its own."""
    parts = name.split(".")
    return name if len(parts) < 3 else ".".join(parts[:-1])


def circles(graph: Mapping[str, Iterable[str]]) -> list[set[str]]:
    """Nodes that reach each other.

    What can be taken away has nothing in front of it that is left; the rest are circles, and what
    lies between them.
    """
    left = {name: set(after) - {name} for name, after in graph.items()}
    while free := {name for name, after in left.items() if not after & left.keys()}:
        left = {name: after for name, after in left.items() if name not in free}
    while free := left.keys() - set().union(*left.values()):
        left = {name: after for name, after in left.items() if name not in free}
    return [set(left)] if left else []


def test_circles_are_found() -> None:
    graph = {"a": ["b"], "b": ["c"], "c": ["b"], "d": ["a"], "e": []}
    assert circles(graph) == [{"b", "c"}]
    assert circles({"a": ["b"], "b": []}) == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert len(GRAPH) > 200
    assert circles(GRAPH) == []


def test_arrows_between_rooms_point_one_way() -> None:
    rooms: dict[str, set[str]] = {}
    for name, after in GRAPH.items():
        rooms.setdefault(room(name), set()).update(map(room, after))
    assert circles(rooms) == []


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_arrows_between_packages_point_one_way(package: str) -> None:
    reached = {
        other.partition(".")[0]
        for name, after in GRAPH.items()
        if name.partition(".")[0] == package
        for other in after
    }
    assert reached <= MAY_IMPORT[package] | {package}


def test_the_contract_needs_torch_and_nothing_of_ours() -> None:
    for path in (ROOT / "contract").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                top = name.partition(".")[0]
                assert top in {*sys.stdlib_module_names, "torch", "nnaudio_contract"}, path


def test_whoever_trains_loads_no_exporter() -> None:
    code = "import sys; from nnaudio_export import MelSpectrogram; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {"nnaudio_export.layers.mel", "nnaudio_contract"} <= loaded
    unwanted = ("onnx", "onnxscript", "onnxruntime", "nnaudio_exporters", "nnaudio_runtime")
    assert not loaded & {*unwanted, "scipy.signal", "typer", "nnaudio_export.cli"}


def test_the_folds_know_no_block_by_its_type() -> None:
    """A new block with a fast form or a state edits no file but its own."""
    tree = ast.parse((ROOT / "contract/nnaudio_contract/chain.py").read_text(encoding="utf-8"))
    tests = {"isinstance", "issubclass", "type"}
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Match)
        assert not (isinstance(node, ast.Name) and node.id in tests)


def sources() -> list[Path]:
    """Our code outside the tests."""
    tops = ("nnaudio_export", "contract", "exporters", "runtime", "bench", "docs", "examples")
    return [
        path
        for top in tops
        for path in (ROOT / top).rglob("*")
        if path.suffix in (".py", ".hpp", ".cpp", ".h", ".sh", ".cmake")
    ]


def test_files_are_short() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}


def test_a_full_room_says_why() -> None:
    """In the docstring of its ``__init__``."""
    files = [*MODULES.values(), *(ROOT / "bench").rglob("*.py")]
    count = Counter(path.parent for path in files if path.stem != "__init__")
    for folder, number in count.items():
        text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
        text = " ".join(text.split())
        assert (WHY_MANY in text) == (number > MOST_FILES), folder


@pytest.mark.parametrize("package", FOLDERS)
def test_a_name_of_a_module_occurs_once(package: str) -> None:
    names = Counter(
        path.stem
        for name, path in MODULES.items()
        if name.partition(".")[0] == package
        and path.stem != "__init__"
        and NAMESAKES_ON_PURPOSE not in path.as_posix()
    )
    assert {name for name, times in names.items() if times > 1} == set()


def test_the_list_of_layers_is_complete() -> None:
    for path in (ROOT / "nnaudio_export/layers").glob("[!_]*.py"):
        importlib.import_module(f"nnaudio_export.layers.{path.stem}")

    def below(kind: type[Layer]) -> Iterator[type[Layer]]:
        for one in kind.__subclasses__():
            yield from (one, *below(one))

    ours = {one for one in below(Layer) if one.__module__.startswith("nnaudio_export.layers")}
    # A base takes its layers' arguments as a mapping, or has no forward.
    made = {
        one
        for one in ours
        if "arguments" not in inspect.signature(one).parameters
        and one.forward is not nn.Module.forward
    }
    assert {entry.load() for entry in layers.LAYERS} == made
    assert len({entry.name for entry in layers.LAYERS}) == len(layers.LAYERS)
    for entry in layers.LAYERS:
        assert entry.load().__name__ == entry.name


def test_every_layer_is_in_the_table() -> None:
    # CQT is CQT1992v2 by another name; the other has four outputs, see layers/test_cfp.py.
    in_table = {type(row.make()) for row in ROWS}
    assert {entry.load() for entry in layers.LAYERS} - in_table <= {
        CQT,
        CombinedFrequencyPeriodicity,
    }


@pytest.mark.parametrize("entry", layers.LAYERS, ids=lambda entry: entry.name)
def test_a_layer_documents_its_arguments_and_no_others(entry: layers.Entry) -> None:
    documented = arguments(sections(entry.load())[1]["Args"])
    taken = inspect.signature(entry.load()).parameters
    assert [name.lstrip("*") for name in documented] == list(taken)


def test_the_command_line_knows_every_format_and_provider() -> None:
    """It has lists of its own, because its help does without the exporters."""
    assert set(layer_group.FORMATS) == set(FORMATS)
    assert {name.value for name in ProviderName} == set(PROVIDERS)
