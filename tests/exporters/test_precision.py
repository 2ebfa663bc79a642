"""Half precision agrees as closely as its table says, over its whole range, or is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import nnaudio_runtime
import numpy as np
import onnx
import pytest
import torch
from nnaudio_exporters.prepare.precision import PRECISIONS, Island, with_islands
from nnaudio_exporters.proof.difference import difference
from nnaudio_runtime import generated_pcm, generated_signal
from support.modules import LogMel, classifier, small_mel
from torch import nn

from nnaudio_export import (
    ISTFT,
    STFT,
    CQT1992v2,
    CQT2010v2,
    ExportError,
    Gammatonegram,
    InverseMel,
    ParityError,
    export_onnx,
    export_torchscript,
    lower,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCALE: dict[str, Any] = {"sr": 16000, "hop_length": 256, "fmin": 220.0, "n_bins": 48}
LAYERS: dict[str, Callable[[], nn.Module]] = {
    "stft": lambda: STFT(n_fft=512, hop_length=128, verbose=False),
    "cos_sin": lambda: STFT(n_fft=512, hop_length=128, output_format="CosSin", verbose=False),
    "mel": small_mel,
    "gammatone": lambda: Gammatonegram(sr=16000, n_fft=512, hop_length=128, verbose=False),
    "cqt": lambda: CQT1992v2(verbose=False, **SCALE),
    "octaves": lambda: CQT2010v2(verbose=False, **SCALE),
    "istft": lambda: ISTFT(n_fft=512, hop_length=128, verbose=False),
}
FORMATS = [
    (export_onnx, ".onnx", "fp16"),
    (export_torchscript, ".pt", "fp16"),
    (export_torchscript, ".pt", "bf16"),
]
formats = pytest.mark.parametrize(
    ("export", "suffix", "precision"), FORMATS, ids=["onnx-fp16", "script-fp16", "script-bf16"]
)


def test_the_table() -> None:
    """Eight unit roundoffs: 11 and 8 significant bits."""
    assert {name: p.tolerance for name, p in PRECISIONS.items()} == {
        "fp32": 1e-5,
        "fp16": 8 * 2**-11,
        "bf16": 8 * 2**-8,
    }


@formats
@pytest.mark.parametrize("layer", LAYERS)
def test_parity(
    layer: str, export: Callable[..., Any], suffix: str, precision: str, tmp_path: Path
) -> None:
    path = tmp_path / f"layer{suffix}"
    result = export(LAYERS[layer](), path, precision=precision)
    print(f"\n{layer} {precision}{suffix}: {result.parity.worst:.1e}, {result.size / 1e3:.0f} kB")
    assert result.parity.tolerance == PRECISIONS[precision].tolerance
    # It is half precision that was measured: float32 would be far below.
    assert result.parity.worst > 1e-5
    frontend = nnaudio_runtime.load(path, providers="cpu")
    assert frontend.info == result.metadata
    assert result.metadata.to_properties()["nnaudio.precision"] == precision
    assert result.metadata.selftest.tolerance >= result.parity.tolerance
    frontend.selftest()


def test_weights_are_half_and_both_ends_float32(tmp_path: Path) -> None:
    layer = CQT1992v2(verbose=False, **SCALE)
    whole = export_onnx(layer, tmp_path / "whole.onnx")
    half = export_onnx(layer, tmp_path / "half.onnx", precision="fp16")
    assert half.size < 0.6 * whole.size
    graph = onnx.load(tmp_path / "half.onnx").graph
    ends = [value.type.tensor_type.elem_type for value in (*graph.input, *graph.output)]
    assert set(ends) == {onnx.TensorProto.FLOAT}
    weights = {w.name: w.data_type for w in graph.initializer}
    products = [node for node in graph.node if node.op_type in ("Conv", "MatMul")]
    kernels = [weights[node.input[1]] for node in products if node.input[1] in weights]
    assert set(kernels) == {onnx.TensorProto.FLOAT16}
    assert whole.metadata.weights_sha256 == half.metadata.weights_sha256
    assert "nnaudio.precision" not in whole.metadata.to_properties()


@pytest.mark.parametrize("level", [1.0, 1e-2, 1e-4, 1e-5])
def test_from_full_scale_to_minus_100_db(level: float, tmp_path: Path) -> None:
    """float16 ends at 6e-8, and at 65504: powers of this audio reach from 1e-7 to 4e6."""
    layer = STFT(n_fft=4096, hop_length=1024, output_format="Magnitude", verbose=False)
    export_onnx(layer, tmp_path / "stft.onnx", precision="fp16")
    frontend = nnaudio_runtime.load(tmp_path / "stft.onnx", providers="cpu")
    for audio in (np.ones((1, 8192), np.float32), 2 * generated_signal((1, 8192), 5)):
        x = np.float32(level) * audio
        with torch.no_grad():
            expected = layer(torch.from_numpy(x)).numpy()
        assert difference(expected, frontend(x), "relative") <= PRECISIONS["fp16"].tolerance


def test_a_gain_that_cannot_overflow() -> None:
    """The largest power of two: the loudest audio there is stays below 2 ** 15, but not far."""
    fast = lower(STFT(n_fft=2048, hop_length=512, verbose=False)).module
    islands = with_islands(fast, PRECISIONS["fp16"], torch.zeros(1, 1025))
    (island,) = (module for module in islands.modules() if isinstance(module, Island))
    largest = 0.0
    for k in (0, 1, 5, 300):
        audio = torch.cos(2 * torch.pi * k * torch.arange(2048) / 2048).sign()
        spectrum = island.block(island.amplify(audio[None, None]).half())
        largest = max(largest, float(spectrum.abs().max()))
    assert 2**12 <= largest <= 2**15


def test_logarithm_of_quiet_audio_holds_and_of_a_tone_is_refused(tmp_path: Path) -> None:
    """11 bits of audio make a floor at -66 dB, which the logarithm of a tone's spectrum shows."""
    path = tmp_path / "log.onnx"
    path.write_bytes(b"an older file")
    with pytest.raises(ParityError, match="PARITY FAILS") as caught:
        export_onnx(LogMel(), path, precision="fp16")
    last = str(caught.value).splitlines()[-1]
    assert re.match(r"precision='fp32' holds, with an error of \de-0\d; a larger tolerance=", last)
    assert path.read_bytes() == b"an older file"
    rows = caught.value.report.rows
    assert all(row.passed for row in rows if row.signal in ("-80 dB", "silence", "full scale"))
    assert not all(row.passed for row in rows if row.signal == "chirp")
    # Who knows and accepts it can have it.
    result = export_onnx(LogMel(), path, precision="fp16", tolerance=0.6)
    assert result.metadata.precision == "fp16"


def test_pcm_in_half_precision(tmp_path: Path) -> None:
    layer = small_mel()
    export_onnx(layer, tmp_path / "mel.onnx", precision="fp16", input_dtype="int16")
    frontend = nnaudio_runtime.load(tmp_path / "mel.onnx", providers="cpu")
    samples = generated_pcm((2, 5000), 8)
    with torch.no_grad():
        expected = layer(torch.from_numpy(samples.astype(np.float32) / 32768)).numpy()
    assert difference(expected, frontend(samples), "relative") <= PRECISIONS["fp16"].tolerance
    frontend.selftest()


def test_a_network_behind_the_front_end(tmp_path: Path) -> None:
    """Its convolutions and its linear layer are in half precision, what lies between is not."""
    # The logarithm of tones, see above, reaches the four classes.
    result = export_onnx(classifier().eval(), tmp_path / "m.onnx", precision="fp16", tolerance=0.2)
    assert result.metadata.precision == "fp16"
    graph = onnx.load(tmp_path / "m.onnx").graph
    weights = {w.name: w.data_type for w in graph.initializer}
    used = [
        weights[name]
        for node in graph.node
        if node.op_type in ("Conv", "Gemm")
        for name in node.input
        if name in weights
    ]
    assert set(used) == {onnx.TensorProto.FLOAT16}


@pytest.mark.parametrize(
    ("export", "suffix"), [(export_onnx, ".onnx"), (export_torchscript, ".pt")]
)
@pytest.mark.parametrize("precision", ["fp8", "float16", "half", ""])
def test_bad_precision(
    export: Callable[..., Any], suffix: str, precision: str, tmp_path: Path
) -> None:
    with pytest.raises(
        ValueError, match=rf"precision='{precision}': must be one of fp32, fp16, bf16"
    ):
        export(small_mel(), tmp_path / f"mel{suffix}", precision=precision)
    assert list(tmp_path.iterdir()) == []


def test_bfloat16_cannot_be_proved_in_onnx(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"precision='bf16': ONNX Runtime's CPU .*use 'fp16', or"):
        export_onnx(small_mel(), tmp_path / "mel.onnx", precision="bf16")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("export", "suffix"), [(export_onnx, ".onnx"), (export_torchscript, ".pt")]
)
def test_streams_are_float32(export: Callable[..., Any], suffix: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"precision='fp16' with streaming=True: a chunk"):
        export(small_mel(), tmp_path / f"mel{suffix}", precision="fp16", streaming=True)
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_halve(tmp_path: Path) -> None:
    layer = InverseMel(sr=8000, n_fft=256, n_mels=20, n_iter=4, verbose=False)
    with pytest.raises(ExportError, match=r"^precision='fp16': nothing in the module is linear"):
        export_onnx(layer, tmp_path / "inverse.onnx", precision="fp16")
    assert list(tmp_path.iterdir()) == []
