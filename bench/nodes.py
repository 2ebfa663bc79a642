"""Where our graph's time goes: ONNX Runtime's own profile, per kind of node."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

from bench.contenders import ours
from bench.contenders.contender import real_pair
from bench.works import Work, signal

_RUNS = 10


def measure(work: Work, folder: Path) -> dict[str, float]:
    """Operator -> seconds of a call that its nodes take, on one thread, longest first."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    path = ours.ONNX.file(work, folder)
    data = real_pair(signal(work))
    options.enable_profiling = True
    options.profile_file_prefix = str(folder / work.key)
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    for _ in range(_RUNS):
        session.run(None, {name: data})
    seconds: dict[str, float] = defaultdict(float)
    for event in json.loads(Path(session.end_profiling()).read_text()):
        if event["cat"] == "Node" and event["name"].endswith("_kernel_time"):
            seconds[event["args"]["op_name"]] += 1e-6 * event["dur"] / _RUNS
    return dict(sorted(seconds.items(), key=lambda entry: -entry[1]))
