"""What our runtime adds to a call of ONNX Runtime: the checks of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.contenders import ours
from bench.timing import interleave

if TYPE_CHECKING:
    from pathlib import Path

    from bench.workloads import Workload

METHOD = (
    "Overhead: a graph that returns its input's shape, with the metadata of the mel graph, called "
    "through nnaudio_runtime and through a bare InferenceSession in turns; what is left is the "
    "runtime's own work, in which the check for NaN is one pass over the audio."
)
_RATE = 16000


def measure(work: Workload, folder: Path, seconds: float, rounds: int) -> dict[str, float]:
    """Microseconds that a call takes more through our runtime.

    Args:
        work: whose exported file lends its metadata.
        folder: where it lies.
        seconds: of audio at 16 kHz.
        rounds: of the timer.
    """
    import nnaudio_runtime
    import onnxruntime

    source = ours.ONNX.file(work, folder)
    path = folder / "empty.onnx"
    _write_empty_graph(source, path)
    frontend = nnaudio_runtime.load(path, providers="cpu", intra_op_threads=1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    audio = np.random.default_rng(0).uniform(-0.5, 0.5, (1, round(seconds * _RATE)))
    audio = audio.astype(np.float32)
    names = list(frontend.output_names)
    timed = interleave(
        {
            "runtime": lambda: frontend(audio),
            "bare": lambda: session.run(names, {"audio": audio}),
        },
        rounds=rounds,
        budget=10.0,
        turn=5e-3,
    )
    microseconds = 1e6 * (timed.median("runtime") - timed.median("bare"))
    return {"seconds": seconds, "microseconds": microseconds}


def _write_empty_graph(source: Path, path: Path) -> None:
    import onnx

    value = onnx.helper.make_tensor_value_info
    (opset,) = [entry for entry in onnx.load(source).opset_import if not entry.domain]
    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            [onnx.helper.make_node("Shape", ["audio"], ["features"])],
            "empty",
            [value("audio", onnx.TensorProto.FLOAT, ["batch", "samples"])],
            [value("features", onnx.TensorProto.INT64, [2])],
        ),
        opset_imports=[opset],
        ir_version=10,
    )
    properties = {entry.key: entry.value for entry in onnx.load(source).metadata_props}
    onnx.helper.set_model_props(model, properties)
    path.write_bytes(model.SerializeToString())
