"""Writes what the fuzzers begin with: small valid files, a folder for each reader.

python tests/cpp/fuzz/seeds.py FOLDER
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper

PROPERTIES = {
    "nnaudio.format": "1",
    "nnaudio.layer": "MelSpectrogram",
    "nnaudio.config": '{"n_fft": 400, "name": "\\u00e9"}',
    "nnaudio.sample_rate": "16000",
    "nnaudio.hop_length": "160",
    "nnaudio.frame_offset": "-12",
    "nnaudio.min_samples": "201",
    "nnaudio.max_samples": "479999",
    "nnaudio.min_batch": "2",
    "nnaudio.max_batch": "7",
    "nnaudio.input_axes": "batch,samples",
    "nnaudio.output_axes": "batch,80,frames;batch,frames,2",
    "nnaudio.output_names": "mel,phase",
    "nnaudio.selftest": "1x4096 1 1e-05\nmel relative 3.25 12:0.5 1:1.25\nphase circle 1 0:3.1",
}
STREAMING = {
    **{f"nnaudio.streaming.{key}": "160" for key in ("chunk", "hop", "frame_length", "pad")},
    **{f"nnaudio.streaming.{key}": "2" for key in ("lead", "warmup", "per_frame", "trim")},
    "nnaudio.streaming.tail": "-3",
    "nnaudio.streaming.latency": "-200",
    "nnaudio.streaming.pad_mode": "reflect",
    "nnaudio.streaming.state": "state next_state 240",
    "nnaudio.streaming.present": "present",
}
PCM = {
    "nnaudio.format": "1",
    "nnaudio.input_dtype": "int16",
    "nnaudio.selftest": "2x3 4294967295 1e-5 int16",
}
INVERSE = {
    "nnaudio.format": "1",
    "nnaudio.min_frames": "3",
    "nnaudio.input_axes": "batch,129,frames,2",
    "nnaudio.input_domain": "non-negative",
    "nnaudio.selftest": "1x129x4x2 7 0.001 non-negative",
}
DESCRIPTIONS = [PROPERTIES, {**PROPERTIES, **STREAMING}, PCM, INVERSE]


def model(properties: dict[str, str], external: bool) -> bytes:
    weight = helper.make_tensor("weight", TensorProto.FLOAT, [2], [1.0, 2.0])
    if external:
        weight.ClearField("float_data")
        weight.data_location = TensorProto.EXTERNAL
        weight.external_data.add(key="location", value="weights.data")
    inner = helper.make_graph(
        [helper.make_node("Add", ["audio", "weight"], ["sum"])], "inner", [], [], [weight]
    )
    nodes = [
        helper.make_node("Mul", ["audio", "weight"], ["mel"], name="scale"),
        helper.make_node("If", ["flag"], ["other"], then_branch=inner, else_branch=inner),
    ]
    value = helper.make_tensor_value_info("audio", TensorProto.FLOAT, ["batch", 2])
    graph = helper.make_graph(nodes, "graph", [value], [], [weight])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    helper.set_model_props(made, properties)
    return made.SerializeToString()


def array(shape: tuple[int, ...], version: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.ones(shape, np.float32), version)
    return file.getvalue()


def write(folder: Path) -> None:
    seeds: dict[str, list[bytes]] = {
        "onnx": [model(p, external) for p in DESCRIPTIONS for external in (False, True)],
        "npy": [array(s, v) for s in ((), (3,), (2, 0), (2, 1, 3)) for v in ((1, 0), (2, 0))],
        "json": [
            json.dumps(p, ensure_ascii=a).encode() for p in DESCRIPTIONS for a in (True, False)
        ],
        "metadata": [
            b"\0".join(text.encode() for pair in p.items() for text in pair) for p in DESCRIPTIONS
        ],
    }
    for reader, files in seeds.items():
        (folder / reader).mkdir(parents=True, exist_ok=True)
        for index, data in enumerate(files):
            (folder / reader / str(index)).write_bytes(data)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
