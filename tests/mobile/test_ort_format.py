"""Exported ONNX files in ONNX Runtime's own format: the same description, the same numbers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nnaudio_runtime
import numpy as np
import onnx
import pytest
import torch
from nnaudio_runtime import ModelFileError, SelfTestError, generated_signal
from nnaudio_runtime.cli.app import app as run_app
from nnaudio_runtime.files.onnx_file import read_onnx
from onnxruntime.tools.reduced_build_config_parser import parse_config
from support.modules import small_mel
from typer.testing import CliRunner

from nnaudio_export import ExportError, export_onnx, export_ort
from nnaudio_export.cli.app import app

runner = CliRunner()


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "mel.onnx"
    export_onnx(small_mel(), path)
    return path


@pytest.fixture
def model(exported: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(exported, tmp_path / "mel.onnx"))


@pytest.mark.parametrize("style", ["fixed", "runtime"])
def test_description_and_numbers_survive(model: Path, tmp_path: Path, style: str) -> None:
    target = tmp_path / "phone.ort"
    result = export_ort(model, target, style=style)
    before, after = nnaudio_runtime.load(model), nnaudio_runtime.load(target)
    assert after.info == before.info == result.metadata
    assert str(after.contract) == str(before.contract)
    audio = generated_signal((3, 5000), seed=2)
    np.testing.assert_allclose(after(audio), before(audio), rtol=1e-5, atol=1e-6)
    assert after.selftest() == result.selftest
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "mel.onnx",
        "phone.ort",
        "phone.required_operators.config",
    ]


def test_the_list_is_one_that_the_build_reads(model: Path) -> None:
    result = export_ort(model)
    operators, _ = parse_config(str(result.config))
    assert operators is not None
    assert {
        (domain, version, name)
        for domain, versions in operators.items()
        for version, names in versions.items()
        for name in names
    } == set(result.operators)
    kept = {name for _, _, name in result.operators}
    assert {"Conv", "MatMul"} <= kept
    assert str(model.parent) not in result.config.read_text()  # no path of this machine


def test_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "stream.onnx"
    export_onnx(small_mel(), path, streaming=True)
    result = export_ort(path)
    audio = generated_signal((1, 3000), seed=3)
    with nnaudio_runtime.load(result.path).stream() as stream:
        parts = [stream.push(audio[:, :1234]), stream.push(audio[:, 1234:]), stream.flush()]
    expected = small_mel()(torch.from_numpy(audio))
    np.testing.assert_allclose(np.concatenate(parts, -1), expected, rtol=1e-4, atol=1e-5)


def test_another_graph_is_refused_and_the_old_file_stays(tmp_path: Path, model: Path) -> None:
    plain = onnx.load(model)
    del plain.metadata_props[:]
    onnx.save(plain, tmp_path / "plain.onnx")
    target = tmp_path / "old.ort"
    target.write_bytes(b"old")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ValueError, match=r"was not written by nnaudio-export .*nnaudio\.format"):
        export_ort(tmp_path / "plain.onnx", target)
    with pytest.raises(ValueError, match=r"must end in '\.ort'"):
        export_ort(model, tmp_path / "mel.onnx")
    with pytest.raises(ValueError, match="style='fast': must be one of fixed, runtime"):
        export_ort(model, target, style="fast")
    with pytest.raises(FileNotFoundError):
        export_ort(tmp_path / "none.onnx", target)
    (tmp_path / "notes.onnx").write_text("no model")
    with pytest.raises(ModelFileError, match="a text file, not an ONNX model"):
        export_ort(tmp_path / "notes.onnx", target)
    (tmp_path / "notes.onnx").unlink()
    assert sorted(tmp_path.iterdir()) == before
    assert target.read_bytes() == b"old"


def test_what_onnxruntime_or_the_selftest_refuses_is_not_written(
    tmp_path: Path, model: Path
) -> None:
    broken = onnx.load(model)
    broken.graph.node[0].op_type = "NoSuchOperator"
    onnx.save(broken, tmp_path / "broken.onnx")
    with pytest.raises(ExportError, match=r"cannot convert .*broken\.onnx.*NoSuchOperator"):
        export_ort(tmp_path / "broken.onnx")
    wrong = onnx.load(model)
    weights = max(wrong.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    weights.raw_data = bytes(len(weights.raw_data))
    onnx.save(wrong, tmp_path / "wrong.onnx")
    with pytest.raises(SelfTestError):
        export_ort(tmp_path / "wrong.onnx")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["broken.onnx", "mel.onnx", "wrong.onnx"]


def test_damaged_files_are_refused(model: Path) -> None:
    path = export_ort(model).path
    whole = path.read_bytes()
    for length in (8, 100, len(whole) // 2):
        path.write_bytes(whole[:length])
        with pytest.raises(ModelFileError, match=r"mel\.ort is refused by ONNX Runtime"):
            nnaudio_runtime.load(path)
    path.write_bytes(whole)
    with pytest.raises(ModelFileError, match=r"an \.ort file .*give the \.onnx file"):
        read_onnx(path)


def test_commands(model: Path, tmp_path: Path) -> None:
    target = tmp_path / "phone.ort"
    result = runner.invoke(app, ["mobile", str(model), "-o", str(target), "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert (report["path"], report["size"]) == (str(target), target.stat().st_size)
    assert "nnaudio.selftest" in report["properties"]
    assert "self-test holds" in runner.invoke(app, ["mobile", str(model)]).stdout
    for command in ("info", "selftest"):
        result = runner.invoke(run_app, [command, str(target), "--json"])
        assert result.exit_code == 0, result.output
    result = runner.invoke(app, ["mobile", str(tmp_path / "none.onnx")])
    assert result.exit_code == 1
    assert "none.onnx" in result.stderr
