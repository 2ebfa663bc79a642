"""What importing brings in, and the runtime in a virtual environment without PyTorch."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import nnaudio_runtime
import onnxruntime
import pytest

RUNTIME = Path(__file__).parents[2] / "runtime" / "python"


def python(code: str, *arguments: object, executable: object = sys.executable) -> str:
    """Runs code in a fresh interpreter, warnings being errors; returns its stdout."""
    command = [str(executable), "-W", "error", "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


LOADED = "import sys; print(*sorted({m.partition('.')[0] for m in sys.modules}))"


def test_importing_brings_in_numpy_alone() -> None:
    modules = set(python(f"from nnaudio_runtime import *; {LOADED}").split())
    heavy = {
        "torch",
        "executorch",
        "scipy",
        "onnx",
        "onnxruntime",
        "matplotlib",
        "typer",
        "rich",
        "soundfile",
    }
    assert not modules & heavy
    assert "numpy" in modules


def test_the_errors_and_the_command_s_help_need_no_numpy() -> None:
    modules = set(python(f"import nnaudio_runtime, nnaudio_runtime.cli.app; {LOADED}").split())
    assert "typer" in modules
    assert not modules & {"numpy", "rich", "onnxruntime"}


def test_every_public_name_is_there() -> None:
    names = dir(nnaudio_runtime)
    for name in nnaudio_runtime.__all__:
        assert name in names
        assert hasattr(nnaudio_runtime, name), name
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        nnaudio_runtime.no_such_name  # type: ignore[attr-defined]  # noqa: B018


BLOCK = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name in sys.argv[2:]:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Block())
"""


@pytest.mark.parametrize(
    ("module", "says"),
    [
        ("onnxruntime", 'onnxruntime is missing: pip install "nnaudio-runtime[cpu]" (or [cuda])'),
        ("torch", 'torch is missing: pip install "nnaudio-runtime[torchscript]"'),
        ("executorch", 'executorch is missing: pip install "nnaudio-runtime[executorch]"'),
    ],
)
def test_a_missing_engine_names_its_extra(conv_path: Path, module: str, says: str) -> None:
    code = f"""{BLOCK}
import json, zipfile
import nnaudio_runtime as n
from nnaudio_runtime.files.onnx_file import read_onnx
path = sys.argv[1]
info = n.Metadata.from_properties(read_onnx(path).properties)
assert info.selftest.signal().shape == (1, 64)
if "torch" in sys.argv:
    path += ".pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m/extra/nnaudio.json", json.dumps(info.to_properties()))
        archive.writestr("m/constants.pkl", "")
        archive.writestr("m/code/m.py", "")
if "executorch" in sys.argv:
    path += ".pte"
    with open(path, "wb") as file:
        file.write(b"1234ET12")
try:
    n.load(path)
except ImportError as error:
    print(error)
"""
    assert python(code, conv_path, module).strip() == says


@pytest.fixture
def clean_python(tmp_path: Path) -> Path:
    """A virtual environment with the runtime's wheel and ONNX Runtime, and nothing of ours else."""
    wheels = tmp_path / "wheels"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", wheels, RUNTIME], check=True)
    [wheel] = wheels.iterdir()
    names = zipfile.ZipFile(wheel).namelist()
    assert {"nnaudio_runtime/py.typed", "nnaudio_runtime/cli/app.py"} <= set(names)
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"nnaudio_runtime"}
    # The CPU build of the same version is a tenth of the GPU build's size.
    venv.create(tmp_path / "venv", with_pip=True)
    executable = tmp_path / "venv" / "bin" / "python"
    install = [
        str(executable),
        *pip[1:],
        "install",
        str(wheel),
        f"onnxruntime=={onnxruntime.__version__}",
    ]
    subprocess.run(install, check=True)
    return executable


def test_a_clean_environment_without_torch(clean_python: Path, conv_path: Path) -> None:
    code = """
import sys, importlib.util, numpy, nnaudio_runtime
for absent in ("torch", "scipy", "onnx", "typer"):
    assert importlib.util.find_spec(absent) is None, absent
frontend = nnaudio_runtime.load(sys.argv[1])
features = frontend(nnaudio_runtime.generated_signal((2, 200), 3))
print(frontend.provider, features.shape, frontend.selftest() < 1e-6)
"""
    says = python(code, conv_path, executable=clean_python)
    assert says == "CPUExecutionProvider (2, 3, 49) True\n"
    command = clean_python.with_name("nnaudio-run")
    done = subprocess.run([command, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == 'nnaudio-run: typer is missing: pip install "nnaudio-runtime[cli]"\n'
