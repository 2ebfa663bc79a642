"""A graph on ONNX's own STFT operator, as one would write it by hand. It has no inverse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.contenders.contender import Contender, Job, Run
from bench.contenders.matrices import dct_matrix, mel_matrix

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from onnx import NodeProto, TensorProto

    from bench.workloads import Workload

_OPSET = 18


def write_graph(work: Workload, folder: Path) -> None:
    """Writes the graph: reflect padding, STFT, magnitude or power, mel, decibels, DCT."""
    import onnx

    graph = _Graph()
    half = work.n_fft // 2
    padded = graph.add("Pad", "audio", graph.constant([0, half, 0, half]), mode="reflect")
    window = np.float32(np.hanning(work.n_fft + 1)[:-1])
    spectrum = graph.add(
        "STFT",
        padded,
        graph.constant(int(work.arguments["hop_length"])),
        graph.constant(window),
        graph.constant(work.n_fft),
    )
    # (batch, frames, bins, 2). ReduceL2 and ReduceSumSquare over the last axis are slower.
    squares = graph.add("Mul", spectrum, spectrum)
    power = graph.add("ReduceSum", squares, graph.constant([-1]), keepdims=0)
    if work.transform == "stft":
        graph.add("Transpose", graph.add("Sqrt", power), perm=[0, 2, 1], output="features")
    else:
        _add_mel(graph, work, folder, power)
    value = onnx.helper.make_tensor_value_info
    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            graph.nodes,
            "stft_op",
            [value("audio", onnx.TensorProto.FLOAT, ["batch", "samples"])],
            [value("features", onnx.TensorProto.FLOAT, ["batch", "bins", "frames"])],
            graph.constants,
        ),
        opset_imports=[onnx.helper.make_opsetid("", _OPSET)],
        ir_version=10,
    )
    onnx.checker.check_model(model, full_check=True)
    STFT_OP.file(work, folder).write_bytes(model.SerializeToString())


def _add_mel(graph: _Graph, work: Workload, folder: Path, power: str) -> None:
    """Power ``(batch, frames, bins)`` → mel or MFCC, ``(batch, features, frames)``."""
    mel = graph.add("MatMul", power, graph.constant(mel_matrix(work, folder).T))
    if work.log:
        floored = graph.add("Max", mel, graph.constant(np.float32(1e-10)))
        scale = graph.constant(np.float32(1.0 / np.log(10.0)))
        mel = graph.add("Mul", graph.add("Log", floored), scale)
    if work.transform == "mfcc":
        floored = graph.add("Max", mel, graph.constant(np.float32(1e-10)))
        scale = graph.constant(np.float32(10.0 / np.log(10.0)))
        decibel = graph.add("Mul", graph.add("Log", floored), scale)
        loudest = graph.add("ReduceMax", decibel, graph.constant([1, 2]))
        floor = graph.add("Sub", loudest, graph.constant(np.float32(80.0)))
        clipped = graph.add("Max", decibel, floor)
        mel = graph.add("MatMul", clipped, graph.constant(dct_matrix(work, folder).T))
    graph.add("Transpose", mel, perm=[0, 2, 1], output="features")


class _Graph:
    """Nodes and constants with numbered names."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, value: int | list[int] | np.float32 | NDArray[np.float32]) -> str:
        import onnx

        name = f"constant_{len(self.constants)}"
        self.constants.append(onnx.numpy_helper.from_array(np.array(value), name))
        return name

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        import onnx

        output = output or f"value_{len(self.nodes)}"
        self.nodes.append(onnx.helper.make_node(operator, inputs, [output], **attributes))
        return output


def _libraries() -> object:
    import onnxruntime

    return onnxruntime


def _run(job: Job) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = job.threads
    path = STFT_OP.file(job.work, job.folder)
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"audio": job.data})[0]


STFT_OP = Contender(
    "ONNX STFT op", _libraries, {"stft": _run, "mel": _run, "mfcc": _run}, suffix=".stft_op.onnx"
)
