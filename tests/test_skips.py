"""In CI, a skipped test is a failed one, unless it names the hardware that is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = """
import pytest

@pytest.mark.skip(reason="no time today")
def test_lazy(): ...

def test_inside():
    pytest.skip("changed my mind")

@pytest.mark.xfail(reason="known", strict=True)
def test_known():
    assert False

@pytest.mark.gpu("what a GPU shows", library="torch")
def test_gpu(): ...

def test_plain(): ...
"""
MODULE_SOURCE = """
import pytest

pytest.importorskip("no_such_package_at_all")
"""


def outcome(folder: Path, source: str, ci: str | None) -> str:
    (folder / "test_it.py").write_text(source)
    # Hides a GPU, so that its absence is what the test sees everywhere.
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "CI": ci or ""}
    root = Path(__file__).parents[1]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", "pyproject.toml"]
    command += ["--rootdir", str(root), "--confcutdir", str(folder), "-p", "conftest", "-q"]
    result = subprocess.run(
        [*command, str(folder)], cwd=root, env=environment, capture_output=True, text=True
    )
    return result.stdout + result.stderr


@pytest.mark.parametrize("ci", ["1", None])
def test_skips(tmp_path: Path, ci: str | None) -> None:
    text = outcome(tmp_path, SOURCE, ci)
    if ci:
        assert "1 failed, 1 passed, 1 skipped, 1 xfailed, 1 error" in text, text
        assert "a skip in CI is a failure, unless it names missing hardware" in text
    else:
        assert "1 passed, 3 skipped, 1 xfailed" in text, text
    assert "needs an NVIDIA GPU (PyTorch sees no CUDA device) to show what a GPU shows" in text


def test_skipped_modules(tmp_path: Path) -> None:
    assert "1 skipped" in outcome(tmp_path, MODULE_SOURCE, None)
    assert "1 error" in outcome(tmp_path, MODULE_SOURCE, "1")
