"""What is installed: three packages in one wheel, plainly and editable; imports point one way."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import nnaudio_exporters
import nnaudio_runtime
import pytest

import nnaudio_export

ROOT = Path(__file__).parents[1]
PACKAGES = {"nnaudio_contract", "nnaudio_export", "nnaudio_exporters"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    subprocess.run([*build, "--outdir", folder, ROOT], check=True, capture_output=True)
    [path] = folder.iterdir()
    return path


def test_the_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(name for name in names if name.endswith("METADATA"))
        requirements = archive.read(metadata).decode()
    top = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert top == PACKAGES
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    assert {"nnaudio_export/layers/stft.py", "nnaudio_export/kernels/mel_filters.py"} <= set(names)
    assert "Requires-Dist: torch>=2.6" in requirements, "the library's own range stays wide"
    always = [line for line in requirements.splitlines() if line.startswith("Requires-Dist")]
    needed = {re.split(r"[ :<>=]+", line)[1] for line in always if "extra ==" not in line}
    assert needed == {"torch", "numpy", "scipy", "onnx", "onnx-ir", "onnxscript", "nnaudio-runtime"}


def test_a_plain_install_runs_from_its_own_files(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", "install"]
    subprocess.run([*pip, "--no-deps", "--no-index", "--target", site, wheel], check=True)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import nnaudio_export, nnaudio_exporters\n"
        "assert nnaudio_export.__file__.startswith(sys.argv[1]), nnaudio_export.__file__\n"
        "assert nnaudio_exporters.__file__.startswith(sys.argv[1]), nnaudio_exporters.__file__\n"
        "mel = nnaudio_export.MelSpectrogram(n_fft=256, hop_length=128, n_mels=20)\n"
        "print(nnaudio_export.export_onnx(mel, sys.argv[1] + '/mel.onnx').parity.passed)\n"
    )
    run = [sys.executable, "-c", code, str(site)]
    done = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "True"), done.stderr


def test_the_development_install_is_editable() -> None:
    for module, folder in (
        (nnaudio_export, "nnaudio_export"),
        (nnaudio_exporters, "exporters/nnaudio_exporters"),
        (nnaudio_runtime, "runtime/python/nnaudio_runtime"),
    ):
        assert module.__file__ is not None
        assert Path(module.__file__).parent == ROOT / folder


def imports(package: Path) -> set[str]:
    """Top-level names of what a package imports, the standard library left out."""
    found = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names


def test_importing_the_layers_is_light() -> None:
    """onnx, onnxscript and scipy.signal take longer to import than our own code together."""
    code = "import sys, nnaudio_export; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"onnx", "onnxscript", "onnxruntime", "scipy.signal"} & set(done.stdout.split())


def test_dependencies_point_one_way() -> None:
    assert not imports(ROOT / "exporters") & {"nnaudio_export"}
    assert not imports(ROOT / "runtime/python") & {"nnaudio_export", "nnaudio_exporters", "onnx"}
    kernels = ROOT / "nnaudio_export/kernels"
    assert imports(kernels) <= {"numpy", "scipy", "nnaudio_export"}, "kernels are pure NumPy"
    texts = "".join(path.read_text() for path in kernels.glob("*.py"))
    assert set(re.findall(r"nnaudio_export\.(\w+)", texts)) == {"kernels"}


def test_versions_agree() -> None:
    assert nnaudio_export.__version__ == nnaudio_runtime.__version__
