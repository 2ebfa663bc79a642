"""Documents name files that exist; the example of the architecture is as it runs."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("[a-z]*/**/*.md"))
    if "out" not in path.relative_to(ROOT).parts
)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_modules_that_documents_name_exist() -> None:
    """As ``folder/file.py`` or as a dotted name of ours."""
    sources = [
        path.relative_to(ROOT).as_posix()
        for top in (
            "nnaudio_export",
            "contract",
            "exporters",
            "runtime",
            "tests",
            "bench",
            "docs",
            "examples",
        )
        for path in (ROOT / top).rglob("*.py")
    ]
    for page in PAGES:
        if page.name == "CHANGELOG.md":
            continue
        for name in re.findall(r"`((?:[\w.]+/)*\w+\.py)`", page.read_text(encoding="utf-8")):
            assert any(f"/{source}".endswith(f"/{name}") for source in sources), (page, name)


@pytest.fixture(scope="module")
def architecture() -> ModuleType:
    path = ROOT / "docs" / "architecture.py"
    spec = importlib.util.spec_from_file_location("architecture", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["architecture"] = module
    spec.loader.exec_module(module)
    return module


def test_the_table_of_the_example_is_what_it_gives(architecture: ModuleType) -> None:
    """Else run ``make architecture``."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert architecture.table(architecture.forms()) in page
    assert architecture.page(page, architecture.table(architecture.forms())) == page


def test_the_picture_of_the_example(architecture: ModuleType, tmp_path: Path) -> None:
    architecture.draw(architecture.forms()).savefig(tmp_path / "mel.png", dpi=20)
    assert (tmp_path / "mel.png").read_bytes().startswith(b"\x89PNG")
    assert architecture.PICTURE.exists()
