"""The command nnaudio-export prove."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest
from support.modules import WrongWhenFaint, small_mel
from typer.testing import CliRunner

from nnaudio_export import export_onnx
from nnaudio_export.cli.app import app

runner = CliRunner()

FACTORIES = """
from support.modules import WrongWhenFaint, small_mel

module = small_mel()
number = 3

class Holder:
    make = small_mel

def other():
    return small_mel(n_mels=21)

def nothing():
    return None

def failing():
    raise RuntimeError("no checkpoint\\nat all")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a module of factories and a file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "factories", raising=False)
    (tmp_path / "factories.py").write_text(FACTORIES)
    export_onnx(small_mel(), tmp_path / "mel.onnx")
    return tmp_path


def test_it_holds(folder: Path) -> None:
    for name in ("factories:module", "factories:small_mel", "factories:Holder.make"):
        result = runner.invoke(app, ["prove", "mel.onnx", "--module", name])
        assert result.exit_code == 0, result.output
        assert "parity holds" in result.stdout
    arguments = ["--module", "factories:module", "--search", "0.5s"]
    result = runner.invoke(app, ["prove", "mel.onnx", *arguments])
    assert result.exit_code == 0, result.output
    assert "a search of 0.5 s found no counter-example" in result.stdout
    result = runner.invoke(app, ["prove", "mel.onnx", *arguments, "--json"])
    report = json.loads(result.stdout)
    assert (report["passed"], report["search"]["counterexample"]) == (True, None)
    assert report["search"]["repeats"] >= 20
    assert report["parity"]["rows"][0]["signal"] == "noise"


def test_a_counter_example(folder: Path) -> None:
    export_onnx(WrongWhenFaint(), "wrong.onnx", longest=16000)
    arguments = ["prove", "wrong.onnx", "--module", "factories:WrongWhenFaint", "--search", "1m"]
    result = runner.invoke(app, arguments)
    assert result.exit_code == 1
    assert "THE SEARCH FOUND A COUNTER-EXAMPLE" in result.stdout
    result = runner.invoke(app, [*arguments, "--json"])
    assert result.exit_code == 1
    found = json.loads(result.stdout)["search"]["counterexample"]
    assert found["shape"] == [1, 129]
    # The program needs nothing else.
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(found["program"], {})
    assert float(out.getvalue()) == pytest.approx(0.5, rel=1e-2)


@pytest.mark.parametrize(
    ("file", "arguments", "message"),
    [
        ("mel.onnx", ["factories"], "--module factories: must be package.module:factory"),
        ("mel.onnx", [":x"], "--module :x: must be package.module:factory"),
        ("mel.onnx", ["nowhere:x"], "cannot import nowhere: No module named 'nowhere'"),
        ("mel.onnx", ["factories:x.y"], "--module factories:x.y: factories has no x.y"),
        ("mel.onnx", ["factories:number"], "factories:number: is a int, must be a function"),
        ("mel.onnx", ["factories:nothing"], "makes a NoneType, must make a torch.nn.Module"),
        ("mel.onnx", ["factories:failing"], "the call failed: no checkpoint"),
        ("mel.onnx", ["factories:other"], "mel.onnx was made from another module, a Mel"),
        ("none.onnx", ["factories:module"], "none.onnx"),
        ("factories.py", ["factories:module"], "factories.py"),
        ("mel.onnx", ["factories:module", "--search", "0"], "--search 0: must be a time above 0"),
        ("mel.onnx", ["factories:module", "--search", "abc"], "--search abc: must be a time above"),
        ("mel.onnx", ["factories:module", "--search=-5s"], "--search -5s: must be a time above 0"),
        ("mel.onnx", ["factories:module", "--tolerance", "0"], "tolerance=0.0: must be a finite"),
    ],
)
def test_what_cannot_be_checked(
    folder: Path, file: str, arguments: list[str], message: str
) -> None:
    result = runner.invoke(app, ["prove", file, "--module", *arguments])
    assert result.exit_code == 2
    assert message in result.stderr.replace("\n", "")
    assert result.stderr.count("Error:") == 1
    assert "Traceback" not in result.output
    assert result.stdout == ""


def test_an_export_takes_the_proof(tmp_path: Path) -> None:
    path = tmp_path / "stft.onnx"
    arguments = ["onnx", "STFT", "--n-fft", "64", "-o", str(path), "--proof", "all"]
    result = runner.invoke(app, arguments)
    assert result.exit_code == 1
    assert "proof='all': must be one of default, search" in result.stderr
    assert not path.exists()
