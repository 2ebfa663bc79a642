"""What our graph does: ONNX Runtime's own profile, node by node."""

from __future__ import annotations

import json
import math
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.contenders import ours
from bench.contenders.contender import real_pair
from bench.inputs import read_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onnx import GraphProto

    from bench.workloads import Workload

_RUNS = 10
_SECONDS = 3.0  # after which no further run begins
# They name the same memory anew.
_FREE = {"Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity", "Shape"}


def measure(work: Workload, folder: Path) -> dict[str, Any]:
    """One call on one thread.

    Returns:
        ``seconds``: operator -> seconds that its nodes take, longest first; ``flops`` of its
        products and convolutions, two for each multiplication; ``bytes`` that its nodes read and
        write.
    """
    import onnx
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    path = ours.ONNX.file(work, folder)
    data = real_pair(read_input(work, folder))
    options.enable_profiling = True
    options.profile_file_prefix = str(folder / work.key)
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    start, runs = time.perf_counter(), 0
    while runs < _RUNS and (not runs or time.perf_counter() - start < _SECONDS):
        session.run(None, {name: data})
        runs += 1
    shapes = _weights(onnx.load(path).graph)
    seconds: dict[str, float] = defaultdict(float)
    flops = moved = 0.0
    for event in json.loads(Path(session.end_profiling()).read_text()):
        if event["cat"] == "Node" and event["name"].endswith("_kernel_time"):
            node = event["args"]
            seconds[node["op_name"]] += 1e-6 * event["dur"] / runs
            weights = shapes.get(event["name"].removesuffix("_kernel_time"))
            flops += 2 * _multiplications(node, weights) / runs
            moved += _bytes(node) / runs
    longest_first = dict(sorted(seconds.items(), key=lambda entry: -entry[1]))
    return {"seconds": longest_first, "flops": flops, "bytes": moved}


def _multiplications(node: Mapping[str, Any], weights: list[int] | None) -> int:
    """Of a convolution or a product of matrices; what others do is free beside their memory.

    Args:
        node: as the profile tells of it.
        weights: their shape, which the profile leaves out where ONNX Runtime has repacked them.
    """
    kind = node["op_name"]
    inputs = [next(iter(entry.values())) for entry in node["input_type_shape"]]
    (output,) = (next(iter(entry.values())) for entry in node["output_type_shape"][:1])
    if "MatMul" in kind or "Gemm" in kind:
        # The left one may be transposed.
        return math.prod(output) * math.prod(inputs[0][-2:]) // int(output[-2])
    if "Conv" not in kind:
        return 0
    filters = inputs[1] if len(inputs) > 1 else weights
    assert filters is not None, f"{kind}: the shape of its weights is unknown"
    return math.prod(inputs[0] if "Transpose" in kind else output) * math.prod(filters[1:])


def _weights(graph: GraphProto) -> dict[str, list[int]]:
    """Name of a node -> shape of its second input, where that is constant."""
    constants = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    return {
        node.name: constants[node.input[1]]
        for node in graph.node
        if len(node.input) > 1 and node.input[1] in constants
    }


def _bytes(node: Mapping[str, Any]) -> int:
    if node["op_name"] in _FREE:
        return 0
    return sum(int(node[size]) for size in ("activation_size", "parameter_size", "output_size"))
