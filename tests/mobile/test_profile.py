"""profile="mobile": the same values from nodes that phones' accelerators take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nnaudio_runtime
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from nnaudio_exporters.formats.onnx.profiles import PROFILES
from nnaudio_runtime import generated_signal
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper
from support.modules import small_mel
from torch import Tensor, nn
from typer.testing import CliRunner

from nnaudio_export import CQT, ISTFT, MFCC, STFT, check_provider, export_onnx
from nnaudio_export.cli.app import app

Array = NDArray[np.float32]
for_phones = PROFILES["mobile"].rewrite


class Classifier(nn.Module):
    """A front end and a network of one-dimensional convolutions, one transposed."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = small_mel()
        self.net = nn.Sequential(
            nn.Conv1d(20, 16, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.ConvTranspose1d(16, 8, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv1d(8, 4, 1),
        )

    def forward(self, audio: Tensor) -> Tensor:
        logits: Tensor = self.net(self.mel(audio)).mean(-1)
        return logits


CASES: dict[str, tuple[nn.Module, int, set[str]]] = {
    # name -> layer, length, operators that CoreML leaves
    "mel": (small_mel(), 4001, set()),
    "mel of a long window": (small_mel(), 20_003, {"Slice", "Reshape"}),
    "stft": (STFT(n_fft=256, hop_length=64, output_format="Complex"), 4000, set()),
    "mfcc": (MFCC(sr=16000, n_mfcc=8, n_fft=256, hop_length=128, n_mels=20), 4000, {"Log"}),
    "cqt": (CQT(sr=16000, hop_length=256, fmin=440, n_bins=12), 6000, set()),
    "istft": (ISTFT(n_fft=256, hop_length=64), 30, set()),
    "classifier": (Classifier(), 4000, set()),
}


@pytest.mark.parametrize("name", CASES)
def test_phones_take_every_node(tmp_path: Path, name: str) -> None:
    layer, length, left_by_coreml = CASES[name]
    torch.manual_seed(0)
    path = tmp_path / "mobile.onnx"
    result = export_onnx(layer.eval(), path, num_samples=length, profile="mobile")
    assert result.parity.passed
    nnapi, coreml = check_provider(path, "nnapi"), check_provider(path, "coreml")
    assert nnapi.complete, str(nnapi)
    assert (nnapi.pieces, nnapi.work_share) == (1, 1.0)
    assert {verdict.op_type for verdict in coreml.refused} == left_by_coreml, str(coreml)
    assert coreml.work_share == 1.0
    assert check_provider(path, "xnnpack").work_share == 1.0
    assert not result.cuda_fallbacks
    frontend = nnaudio_runtime.load(path, providers="cpu")
    x = generated_signal(frontend.contract.axes, 3)  # type: ignore[arg-type]
    with torch.inference_mode():
        expected = layer(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(frontend(x), expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def test_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "stream.onnx"
    export_onnx(small_mel(), path, streaming=True, chunk=0.02, profile="mobile")
    report = check_provider(path, "nnapi")
    assert report.complete, str(report)
    audio = generated_signal((1, 3000), 3)
    np.testing.assert_allclose(
        nnaudio_runtime.load(path)(audio),
        small_mel()(torch.from_numpy(audio)),
        rtol=1e-4,
        atol=1e-5,
    )


def test_the_same_bytes_every_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        export_onnx(small_mel(), tmp_path / f"{name}.onnx", num_samples=2000, profile="mobile")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"profile": "phone"}, "profile='phone': must be one of general, mobile"),
        ({"profile": "mobile"}, "profile='mobile' needs num_samples: phones take fixed shapes"),
        (
            {"profile": "mobile", "num_samples": 2000, "precision": "fp16"},
            "precision='fp16' with profile='mobile'",
        ),
        (
            {"profile": "mobile", "num_samples": 700_000},
            r"a dimension of \d+, CoreML takes at most 16384: export a window of at most [\d.]+ %",
        ),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        export_onnx(small_mel(), tmp_path / "m.onnx", **arguments)
    assert not list(tmp_path.iterdir())


def test_command(tmp_path: Path) -> None:
    path = tmp_path / "stft.onnx"
    arguments = ["onnx", "STFT", "--n-fft", "256", "-o", str(path), "--profile", "mobile"]
    result = CliRunner().invoke(app, [*arguments, "--num-samples", "2000"])
    assert result.exit_code == 0, result.output
    result = CliRunner().invoke(app, ["check", str(path), "--provider", "coreml"])
    assert result.exit_code == 0, result.output
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "needs num_samples" in result.stderr.replace("\n", " ")


RANDOM = np.random.default_rng(3)


def random(*shape: int) -> Array:
    return RANDOM.standard_normal(shape).astype(np.float32)


def ints(*values: int) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def n(op_type: str, *inputs: str, out: str = "y", **attributes: Any) -> NodeProto:
    return helper.make_node(op_type, inputs, [out], **attributes)


SHUFFLED = np.random.default_rng(5).permutation(40)

# Each: the shape of the input "x", constants, nodes that give "y", operators that may be left.
GRAPHS: dict[str, tuple[tuple[int, ...], dict[str, NDArray[Any]], list[NodeProto], set[str]]] = {
    "convolution": (
        (1, 6, 50),
        {"w": random(8, 3, 5), "b": random(8)},
        [n("Conv", "x", "w", "b", group=2, strides=[3], dilations=[2], pads=[4, 1])],
        {"Conv", "Reshape"},
    ),
    "transposed": (
        (1, 6, 20),
        {"w": random(6, 2, 10), "b": random(4)},
        [n("ConvTranspose", "x", "w", "b", group=2, strides=[4], pads=[3, 2])],
        {"Conv", "Reshape", "Transpose", "Slice"},
    ),
    "transposed with dilation": (
        (1, 3, 20),
        {"w": random(3, 2, 4)},
        [n("ConvTranspose", "x", "w", strides=[3], dilations=[2])],
        {"Conv", "Reshape", "Transpose", "Slice"},
    ),
    "transposed with gaps": (  # kernels shorter than the stride: samples that nothing reaches
        (1, 3, 20),
        {"w": random(3, 2, 2)},
        [n("ConvTranspose", "x", "w", strides=[5])],
        {"Conv", "Reshape", "Transpose", "Slice"},
    ),
    "batched product": (
        (1, 4, 5, 30),
        {"w": random(4, 7, 5)},
        [n("MatMul", "w", "x")],
        {"Conv", "Reshape"},
    ),
    "product from the right": (
        (1, 9, 5),
        {"w": random(5, 7)},
        [n("MatMul", "x", "w")],
        {"MatMul", "Reshape"},
    ),
    "picks in runs": (
        (1, 40, 9),
        {"i": np.r_[0:10, 30:20:-1, 5, -1].astype(np.int64)},
        [n("Gather", "x", "i", axis=1)],
        {"Slice", "Concat"},
    ),
    "picks at random": (
        (1, 40, 9),
        {"i": SHUFFLED},
        [n("Gather", "x", "i", axis=1)],
        {"Conv", "Reshape"},
    ),
    "reflected": (
        (1, 60),
        {"a": ints(1), "p": ints(0, 0, 7, 0, 0, 9), "s": ints(1, -1, 4)},
        [
            n("Unsqueeze", "x", "a", out="u"),
            n("Pad", "u", "p", out="v", mode="reflect"),
            n("Reshape", "v", "s"),
        ],
        {"Slice", "Concat", "Reshape"},
    ),
    "padded twice and cut": (
        (1, 60),
        {
            "p": ints(0, 7, 0, 9),
            "q": ints(0, 5, 0, 6),
            "start": ints(3),
            "end": ints(-4),
            "axis": ints(1),
            "s": ints(1, -1, 10),
        },
        [
            n("Pad", "x", "p", out="u", mode="reflect"),
            n("Pad", "u", "q", out="v"),
            n("Slice", "v", "start", "end", "axis", out="z"),
            n("Reshape", "z", "s"),
        ],
        {"Slice", "Concat", "Reshape"},
    ),
    "one long signal": (
        (1, 1, 16_500),
        {"w": random(5, 1, 30), "p": ints(0, 0, 12, 0, 0, 12)},
        [n("Pad", "x", "p", out="v", mode="reflect"), n("Conv", "v", "w", strides=[8])],
        {"Slice", "Concat", "Reshape", "Transpose", "Conv"},
    ),
    "a lower limit": (
        (2, 9),
        {"low": np.float32(0.1)},  # type: ignore[dict-item]
        [n("Clip", "x", "low")],
        {"Max"},
    ),
    "a global maximum": (
        (1, 4, 9),
        {"axes": ints(1, 2)},
        [n("ReduceMax", "x", "axes")],
        {"GlobalMaxPool", "Reshape"},
    ),
    "five axes": (
        (1, 3, 1, 4, 5),
        {},
        [n("Transpose", "x", perm=[0, 3, 2, 4, 1])],
        {"Transpose", "Reshape"},
    ),
}


def run(model: onnx.ModelProto, x: Array) -> Array:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    output = session.run(None, {"x": x})[0]
    assert isinstance(output, np.ndarray)
    return output


@pytest.mark.parametrize("name", GRAPHS)
def test_each_rule_keeps_the_values(name: str) -> None:
    shape, constants, nodes, allowed = GRAPHS[name]
    model = _model(shape, constants, nodes)
    x = random(*shape)
    expected = run(model, x)
    rewritten = for_phones(model)
    assert {node.op_type for node in rewritten.graph.node} <= allowed
    found = run(rewritten, x)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-6 * np.abs(expected).max())


def test_an_open_shape_is_refused() -> None:
    model = _model((1, "n"), {}, [n("Relu", "x")])
    with pytest.raises(ValueError, match=r"the shape of 'x' at Relu .* depends on values"):
        for_phones(model)


def _model(
    shape: Sequence[int | str], constants: dict[str, NDArray[Any]], nodes: list[NodeProto]
) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    return onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
