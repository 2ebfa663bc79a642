"""Small graphs, written by hand with onnx.helper: whole signals, PCM, weights beside, a stream.

Each is a bank of three filters of 8 samples at a hop of 4. What it computes is :func:`filtered`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from nnaudio_runtime import Metadata, Probes, SelfTest, from_pcm, generated_pcm, generated_signal
from nnaudio_runtime.files.stream_spec import StreamSpec
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nnaudio_runtime.files.domain import Domain
    from numpy.typing import NDArray

KERNEL, HOP, BINS = 8, 4, 3
KERNELS = np.random.default_rng(7).standard_normal((BINS, 1, KERNEL)).astype(np.float32)
# Sums of 8 products in float32, in another order.
TOLERANCE = 1e-5

# Reflected by 4 on both sides, frame 0 ends with the chunk that completes it, so that nothing leads
# and one frame warms up. The state is what a frame takes beyond a hop.
PAD, CHUNK = 4, 8
STREAM = StreamSpec(
    chunk=CHUNK, hop=HOP, frame_length=KERNEL, state_size=KERNEL - HOP, pad=PAD, warmup=1, latency=4
)
BESIDE = "kernels.bin"


def filtered(audio: NDArray[Any], pad: int = 0) -> NDArray[np.float64]:
    """(batch, samples) -> (batch, bins, frames), in float64."""
    padded = np.pad(audio.astype(np.float64), ((0, 0), (pad, pad)), mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, KERNEL, -1)[:, ::HOP]
    features: NDArray[np.float64] = np.einsum(
        "bfk,ck->bcf", frames, KERNELS[:, 0].astype(np.float64)
    )
    return features


def described(
    pad: int = 0, *, pcm: bool = False, batch: int = 1, domain: Domain = "any"
) -> Metadata:
    """What a bank's file says of itself; its self-test has so many signals."""
    test = SelfTest((batch, 64), 1, TOLERANCE, (), domain, "int16" if pcm else "float32")
    signal = test.signal()
    features = filtered(from_pcm(signal) if pcm else signal, pad)
    values = {i: float(np.float32(features.flat[i])) for i in range(0, features.size, 5)}
    probes = Probes("features", "relative", float(np.abs(features).max()), values)
    return Metadata(
        layer="Conv",
        config={"kernel": KERNEL},
        sample_rate=16000,
        hop_length=HOP,
        frame_offset=0 if pad else KERNEL // 2,
        min_length=pad + 1 if pad else KERNEL,
        input_domain=domain,
        input_dtype="int16" if pcm else "float32",
        output_axes=(("batch", "bins", "frames"),),
        output_names=("features",),
        selftest=replace(test, probes=(probes,)),
    )


def with_metadata(graph: GraphProto, info: Metadata | None, opset: int = 18) -> ModelProto:
    """The model of a graph."""
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    if info is not None:
        helper.set_model_props(model, info.to_properties())
    return model


def bank(
    info: Metadata | None = None,
    audio_shape: Sequence[str | int] = ("batch", "samples"),
    features_shape: Sequence[str | int] = ("batch", BINS, "frames"),
    opset: int = 18,
) -> ModelProto:
    """audio (batch, samples) -> features (batch, bins, frames)."""
    pcm = info is not None and info.input_dtype == "int16"
    nodes = [
        helper.make_node("Cast", ["audio"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["float", "full_scale"], ["scaled"]),
    ]
    graph = helper.make_graph(
        [*(nodes if pcm else []), *_filters("scaled" if pcm else "audio")],
        "conv",
        [_value("audio", audio_shape, TensorProto.INT16 if pcm else TensorProto.FLOAT)],
        [_value("features", features_shape)],
        [
            numpy_helper.from_array(np.array([1]), "one"),
            numpy_helper.from_array(KERNELS, "kernels"),
            *([numpy_helper.from_array(np.array(32768, np.float32), "full_scale")] if pcm else []),
        ],
    )
    return with_metadata(graph, info, opset)


def streaming_bank(info: Metadata | None) -> ModelProto:
    """cat(state, chunk) -> the bank; the next state is the end of it."""
    graph = helper.make_graph(
        [
            helper.make_node("Concat", ["state", "audio"], ["both"], axis=1),
            *_filters("both"),
            helper.make_node("Slice", ["both", "start", "end", "one"], ["next_state"]),
        ],
        "conv",
        [_value("audio", ["batch", CHUNK]), _value("state", ["batch", KERNEL - HOP])],
        [
            _value("features", ["batch", BINS, CHUNK // HOP]),
            _value("next_state", ["batch", KERNEL - HOP]),
        ],
        [
            numpy_helper.from_array(np.array([1]), "one"),
            numpy_helper.from_array(KERNELS, "kernels"),
            numpy_helper.from_array(np.array([HOP - KERNEL]), "start"),
            numpy_helper.from_array(np.array([2**31]), "end"),
        ],
    )
    return with_metadata(graph, info)


def kernels_beside(model: ModelProto, location: str) -> ModelProto:
    """Moves a bank's kernels to a file, which is to hold the bytes of :data:`KERNELS`."""
    (kernels,) = (tensor for tensor in model.graph.initializer if tensor.name == "kernels")
    size = len(kernels.raw_data)
    kernels.ClearField("raw_data")
    kernels.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, "offset": "0", "length": str(size)}.items():
        kernels.external_data.add(key=key, value=value)
    return model


@dataclass(frozen=True)
class Good:
    """A graph that must run.

    Attributes:
        model: the graph.
        input: audio in -1 ... 1; PCM as the audio that it stands for.
        output: what it gives.
    """

    model: ModelProto
    input: NDArray[np.float32]
    output: NDArray[np.float64]


def good() -> dict[str, Good]:
    """The graphs by the names of their files."""
    audio, pcm = generated_signal((2, 203), seed=3), from_pcm(generated_pcm((2, 203), seed=3))
    whole, stream = described(), replace(described(PAD), streaming=STREAM)
    # The same file at both of its bounds.
    bounded = bank(replace(described(batch=2), min_batch=2, max_batch=7, max_length=203))
    seven, magnitudes = generated_signal((7, 203), seed=4), np.abs(audio)
    return {
        "conv.onnx": Good(bank(whole), audio, filtered(audio)),
        "conv_plain.onnx": Good(bank(), audio, filtered(audio)),
        "conv_beside.onnx": Good(kernels_beside(bank(whole), BESIDE), audio, filtered(audio)),
        "conv_pcm.onnx": Good(bank(described(pcm=True)), pcm, filtered(pcm)),
        "conv_magnitudes.onnx": Good(
            bank(described(domain="non-negative")), magnitudes, filtered(magnitudes)
        ),
        "conv_fixed.onnx": Good(
            bank(whole, (1, 64), (1, BINS, 15)), audio[:1, :64], filtered(audio[:1, :64])
        ),
        "conv_least.onnx": Good(bounded, audio[:, :KERNEL], filtered(audio[:, :KERNEL])),
        "conv_most.onnx": Good(bounded, seven, filtered(seven)),
        "conv_stream.onnx": Good(streaming_bank(stream), audio, filtered(audio, PAD)),
        "conv_stream_most.onnx": Good(
            streaming_bank(replace(stream, max_batch=7, max_length=203)),
            seven,
            filtered(seven, PAD),
        ),
        # A time axis needs only begin with its word.
        "conv_stream_words.onnx": Good(
            streaming_bank(replace(stream, output_axes=(("batch", "bins", "frames_of_4"),))),
            audio,
            filtered(audio, PAD),
        ),
    }


def two_inputs() -> ModelProto:
    """A graph that is no front end."""
    a, b, c = (_value(name, [1, 4]) for name in "abc")
    return with_metadata(
        helper.make_graph([helper.make_node("Add", ["a", "b"], ["c"])], "g", [a, b], [c]), None
    )


def unknown_operator() -> ModelProto:
    """A graph that no engine knows."""
    model = bank()
    model.graph.node[1].op_type = "Convolute"
    return model


def _filters(signal: str) -> list[NodeProto]:
    return [
        helper.make_node("Unsqueeze", [signal, "one"], ["channel"], name="channel"),
        helper.make_node("Conv", ["channel", "kernels"], ["features"], name="frame", strides=[HOP]),
    ]


def _value(name: str, shape: Sequence[str | int], kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)
