"""What providers take: the tables against what ONNX Runtime ships, and each rule on a node."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from nnaudio_exporters import PROVIDERS
from nnaudio_exporters.providers.provider import takes_version
from numpy.typing import NDArray
from onnx import TensorProto, defs, helper, numpy_helper
from support.modules import small_mel
from typer.testing import CliRunner

from nnaudio_export import check_provider, export_onnx
from nnaudio_export.cli.app import app

runner = CliRunner()
Constant = NDArray[Any]

# In ONNX Runtime's documents under a name that is no operator's.
_SPELLINGS = {"Argmax": "ArgMax"}


@pytest.mark.parametrize(
    ("provider", "document"),
    [
        ("coreml", "coreml_supported_mlprogram_ops.md"),
        ("nnapi", "nnapi_supported_ops.md"),
    ],
)
def test_operators_are_those_of_the_document_that_onnxruntime_ships(
    provider: str, document: str
) -> None:
    folder = Path(onnxruntime.__file__).parent / "tools" / "mobile_helpers"
    names = re.findall(r"^\|ai\.onnx[:.](\w+)\|", (folder / document).read_text(), re.MULTILINE)
    documented = {_SPELLINGS.get(name, name) for name in names}
    assert len(documented) > 30
    assert set(PROVIDERS[provider].versions) == documented


@pytest.mark.parametrize("provider", ["xnnpack", "webgpu"])
def test_kernels_begin_where_onnx_revised_the_operator(provider: str) -> None:
    for name, versions in PROVIDERS[provider].versions.items():
        since = {s.since_version for s in defs.get_all_schemas_with_history() if s.name == name}
        newest = re.findall(r"(\d+)\+", versions)
        assert {int(version) for version in newest} <= since, name
        assert any(takes_version(versions, version) for version in since), name


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_table_says_where_it_is_from(provider: str) -> None:
    assert re.search(r"[0-9a-f]{8}", PROVIDERS[provider].source)


def node(
    folder: Path,
    op_type: str,
    *inputs: tuple[int | str, ...] | Constant,
    opset: int = 18,
    dtype: int = TensorProto.FLOAT,
    domain: str = "",
    **attributes: Any,
) -> Path:
    """A file with one node; a shape is an input, an array a constant."""
    names = [f"x{index}" for index in range(len(inputs))]
    made = helper.make_node(op_type, names, ["y"], name="node", domain=domain, **attributes)
    graph = helper.make_graph(
        [made],
        "one",
        [
            helper.make_tensor_value_info(name, dtype, value)
            for name, value in zip(names, inputs, strict=True)
            if isinstance(value, tuple)
        ],
        [helper.make_tensor_value_info("y", dtype, None)],
        [
            numpy_helper.from_array(value, name)
            for name, value in zip(names, inputs, strict=True)
            if not isinstance(value, tuple)
        ],
    )
    opsets = [helper.make_opsetid("", opset)]
    if domain:
        opsets.append(helper.make_opsetid(domain, 1))
    path = folder / "node.onnx"
    onnx.save(helper.make_model(graph, opset_imports=opsets), path)
    return path


def weight(*shape: int) -> Constant:
    return np.ones(shape, np.float32)


def ints(*values: int) -> Constant:
    return np.array(values, np.int64)


PADS = ints(0, 0, 2, 0, 0, 2)
ONE_D, TWO_D = ((1, 4, 50), weight(8, 4, 3)), ((1, 4, 1, 50), weight(8, 4, 1, 3))


@pytest.mark.parametrize(
    ("provider", "op_type", "inputs", "attributes", "reason"),
    [
        ("coreml", "Conv", ONE_D, {}, ""),
        ("coreml", "Conv", ((1, 4, 1, 16384), weight(8, 4, 1, 3)), {}, ""),
        ("coreml", "Conv", ((1, 4, 1, 16385), weight(8, 4, 1, 3)), {}, "dimension of 16385"),
        ("coreml", "Relu", ((1, 1, 1, 1, 2),), {}, ""),
        ("coreml", "Relu", ((1, 1, 1, 1, 1, 2),), {}, "input 0 has rank 6"),
        ("coreml", "Relu", ((1, "samples"),), {}, ""),
        ("coreml", "Slice", ((1, "n"), ints(0), ints(2), ints(1)), {}, "open axis: (1, ?)"),
        ("coreml", "Slice", ((1, 9), ints(8), ints(-99), ints(1), ints(-1)), {}, ""),
        ("coreml", "Slice", ((1, 9), ints(2), ints(2), ints(1)), {}, "the range is empty"),
        ("coreml", "Pad", ((1, 1, 50), PADS), {"mode": "reflect"}, "has no Pad"),
        ("coreml", "Log", ((1, 5),), {}, "has no Log"),
        ("coreml", "Gather", ((1, 5), ints(1)), {"axis": 1}, "has no Gather"),
        ("coreml", "GlobalMaxPool", ((1, 4, 50),), {}, "must have 4"),
        ("nnapi", "Conv", TWO_D, {}, ""),
        ("nnapi", "Conv", ONE_D, {}, "weight is (8, 4, 3): only convolutions over 2 axes"),
        ("nnapi", "Conv", ((1, 4, 1, "n"), weight(8, 4, 1, 3)), {}, "open axis: (1, 4, 1, ?)"),
        ("nnapi", "Conv", ((1, 4, 1, 50), (8, 4, 1, 3)), {}, "the weight is computed"),
        ("nnapi", "Pad", ((1, 1, 50), PADS), {}, ""),
        ("nnapi", "Pad", ((1, 1, 50), PADS), {"mode": "reflect"}, "mode is reflect"),
        ("nnapi", "Pad", ((1, 1, 50), -PADS), {}, "a pad is negative"),
        ("nnapi", "MatMul", ((5, 6), weight(6, 7)), {}, ""),
        ("nnapi", "MatMul", ((2, 5, 6), (2, 6, 7)), {}, ""),
        ("nnapi", "MatMul", (weight(5, 6), (1, 6, 7)), {}, "must have rank 2"),
        ("nnapi", "Clip", ((1, 5), np.float32(0), np.float32(6)), {}, ""),
        ("nnapi", "Clip", ((1, 5), np.float32(1e-10)), {}, "clips to 1e-10 … ∞"),
        ("nnapi", "ConvTranspose", TWO_D, {}, "has no ConvTranspose"),
        ("nnapi", "Split", ((1, 6),), {"axis": 1, "num_outputs": 1}, ""),
        ("nnapi", "Reshape", ((1, 4, 50), ints(1, 4, 1, 50)), {}, ""),
        ("nnapi", "Reshape", ((1, 1, 4, 1, 50), ints(1, 200)), {}, "input 0 has rank 5"),
        ("xnnpack", "Conv", TWO_D, {}, ""),
        ("xnnpack", "Conv", ONE_D, {}, "input 0 has rank 3, must have 4"),
        ("xnnpack", "Conv", (("batch", 4, 1, 50), weight(8, 4, 1, 3)), {}, ""),
        ("xnnpack", "Conv", ((1, 4, 1, "n"), weight(8, 4, 1, 3)), {}, "axis beside the batch"),
        ("xnnpack", "MatMul", ((5, 6), weight(6, 7)), {}, ""),
        ("xnnpack", "MatMul", ((5, 6), (6, 7)), {}, "input 1 is computed"),
        ("xnnpack", "MatMul", ((1, 5, 6), weight(6, 7)), {}, "rank 3, must have 1 to 2"),
        ("xnnpack", "Relu", ((1, 5),), {}, "has no Relu"),
        ("webgpu", "Conv", ONE_D, {}, ""),
        ("webgpu", "Max", ((1, 5), weight(1)), {}, "has no Max"),
        ("webgpu", "Atan", ((1, 5),), {}, ""),
        ("cuda", "Atan", ((1, 5),), {}, "has no CUDA kernel"),
        ("cuda", "Conv", ONE_D, {}, ""),
    ],
)
def test_a_node(
    tmp_path: Path,
    provider: str,
    op_type: str,
    inputs: tuple[tuple[int | str, ...] | Constant, ...],
    attributes: dict[str, Any],
    reason: str,
) -> None:
    [verdict] = check_provider(node(tmp_path, op_type, *inputs, **attributes), provider).nodes
    assert verdict.taken == (not reason), verdict
    assert reason in verdict.reason
    assert bool(verdict.remedy) == bool(reason)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_versions_types_and_domains(tmp_path: Path, provider: str) -> None:
    [verdict] = check_provider(node(tmp_path, "Conv", *TWO_D, domain="own"), provider).nodes
    assert "own" in verdict.reason
    product = node(tmp_path, "MatMul", (5, 6), weight(6, 7), dtype=TensorProto.DOUBLE)
    if provider != "cuda":  # whose table looks at operators only
        assert "float64" in check_provider(product, provider).nodes[0].reason
    [verdict] = check_provider(node(tmp_path, "Conv", *TWO_D, opset=22), provider).nodes
    # Kernels are registered for one version of an operator, until somebody adds the next.
    assert verdict.taken == (provider in ("cuda", "nnapi")), verdict
    if not verdict.taken:
        assert verdict.remedy == "export with opset=18"


def test_an_activation_joins_the_convolution_before_it(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["y"], name="conv"),
        helper.make_node("Relu", ["y"], ["z"], name="joins"),
        helper.make_node("Relu", ["z"], ["out"], name="alone"),
    ]
    info = [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 4, 1, 50))]
    out = [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)]
    graph = helper.make_graph(
        nodes, "g", info, out, [numpy_helper.from_array(weight(8, 4, 1, 3), "w")]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    onnx.save(model, tmp_path / "m.onnx")
    report = check_provider(tmp_path / "m.onnx", "xnnpack")
    assert [(v.node, v.taken) for v in report.nodes] == [
        ("conv", True),
        ("joins", True),
        ("alone", False),
    ]
    assert (report.complete, report.pieces, report.work_share) == (False, 1, 1.0)
    assert report.nodes[0].work == 8 * 48 * 4 * 3


@pytest.fixture(scope="module")
def fixed_mel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fixed") / "mel.onnx"
    export_onnx(small_mel(), path, dynamic=False, num_samples=4000)
    return path


def test_command(fixed_mel: Path, tmp_path: Path) -> None:
    result = runner.invoke(app, ["check", str(fixed_mel), "--provider", "cuda"])
    assert result.exit_code == 0, result.output
    assert "100% of the multiplications, in 1 piece" in result.stdout
    result = runner.invoke(app, ["check", str(fixed_mel), "--provider", "nnapi", "--json"])
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert not report["complete"]
    refused = {one["op_type"]: one for one in report["nodes"] if not one["taken"]}
    assert set(refused) == {"Pad", "Conv", "MatMul"}
    assert refused["Pad"]["remedy"] == "export with profile='mobile'"
    text = runner.invoke(app, ["check", str(fixed_mel), "--provider", "nnapi"]).stdout
    assert "mode is reflect, must be constant" in text
    assert "nnapi_supported_ops.md" in text
    (tmp_path / "notes.onnx").write_text("no model")
    result = runner.invoke(app, ["check", str(tmp_path / "notes.onnx"), "--provider", "nnapi"])
    assert result.exit_code == 2
    assert "is a text file, not an ONNX model" in result.stderr.replace("\n", " ")
    assert runner.invoke(app, ["check", str(fixed_mel), "--provider", "npu"]).exit_code == 2


def test_an_unknown_provider(fixed_mel: Path) -> None:
    with pytest.raises(ValueError, match=r"provider='npu': must be one of cuda, coreml, nnapi"):
        check_provider(fixed_mel, "npu")
