"""The command nnaudio-run: its results, its words, and what it leaves behind when it fails."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import onnx
import pytest
import soundfile
from nnaudio_runtime import Metadata, Probes, SelfTest, generated_signal, load
from nnaudio_runtime.cli import main
from nnaudio_runtime.cli.audio_file import read_audio
from nnaudio_runtime.cli.choices import Channels
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from pathlib import Path

RATE, SIZE, HOP = 16000, 64, 32


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Powers of four bands, (batch, samples) -> (batch, bands, frames)."""
    angles = 2 * np.pi * np.outer([2, 6, 12, 20], np.arange(SIZE)) / SIZE
    kernels = (np.cos(angles) * np.hanning(SIZE))[:, None].astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Unsqueeze", ["audio", "one"], ["channel"], name="channel"),
            helper.make_node("Conv", ["channel", "k"], ["x"], name="filter", strides=[HOP]),
            helper.make_node("Mul", ["x", "x"], ["power"], name="square"),
        ],
        "bands",
        [helper.make_tensor_value_info("audio", TensorProto.FLOAT, ["batch", "samples"])],
        [helper.make_tensor_value_info("power", TensorProto.FLOAT, ["batch", 4, "frames"])],
        [numpy_helper.from_array(np.array([1]), "one"), numpy_helper.from_array(kernels, "k")],
    )
    signal = generated_signal((1, 256), seed=1)[0].astype(np.float64)
    frames = np.lib.stride_tricks.sliding_window_view(signal, SIZE)[::HOP]
    power = (kernels[:, 0].astype(np.float64) @ frames.T) ** 2
    values = {i: float(power.flat[i]) for i in range(0, power.size, 3)}
    probes = Probes("power", "relative", float(power.max()), values)
    info = Metadata(
        "Bands",
        {"power": 2.0, "note": "[x]"},
        sample_rate=RATE,
        hop_length=HOP,
        frame_offset=SIZE // 2,
        min_length=SIZE,
        output_axes=(("batch", "bands", "frames"),),
        selftest=SelfTest((1, 256), 1, 1e-5, (probes,)),
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(proto, info.to_properties())
    onnx.save(proto, tmp_path / "bands.onnx")
    return tmp_path / "bands.onnx"


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    """One second at the model's rate, mono."""
    soundfile.write(tmp_path / "speech.wav", generated_signal((RATE,), 2), RATE, subtype="FLOAT")
    return tmp_path / "speech.wav"


@pytest.fixture
def stereo(tmp_path: Path) -> Path:
    """Half a second at 48 kHz, two channels."""
    soundfile.write(tmp_path / "stereo.flac", generated_signal((24000, 2), 3), 48000)
    return tmp_path / "stereo.flac"


class Run(Protocol):
    def __call__(self, *arguments: object, exits: int = 0) -> tuple[str, str]: ...


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command; returns its stdout and stderr."""

    def call(*arguments: object, exits: int = 0) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["nnaudio-run", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        if isinstance(stop.value.code, str):  # the interpreter prints it and exits with 1
            assert exits == 1, stop.value.code
            return out, f"{err}{stop.value.code}\n"
        assert (stop.value.code or 0) == exits, err
        return out, err

    return call


def test_info_is_readable(run: Run, model: Path) -> None:
    out, err = run("info", model, "--providers", "cpu")
    lines = {" ".join(line.split()) for line in out.splitlines()}
    assert {
        "layer Bands",
        "sample rate 16000",
        "min samples 64",
        "min batch 1",
        "proved for a batch of 1 or more, 64 samples or more, 16000 Hz",
        "note: [x]",
        "outputs power: (batch, bands, frames)",
        "provider CPUExecutionProvider",
        "cuda ready yes",
        "cuda fallbacks none",
    } <= {line.removeprefix("config ") for line in lines}
    assert err == ""


def test_info_as_json(run: Run, model: Path) -> None:
    info = json.loads(run("info", model, "--json", "--providers", "cpu")[0])
    assert info["bytes"] == model.stat().st_size
    assert info["config"] == {"power": 2.0, "note": "[x]"}
    assert info["nodes"] == {"CPUExecutionProvider": 3}
    assert info["selftest"] is True
    assert (info["min_batch"], info["max_batch"], info["max_samples"]) == (1, None, None)
    assert info["cuda_fallbacks"] == []


def test_info_names_what_cannot_run_on_cuda(run: Run, model: Path) -> None:
    proto = onnx.load(model)
    proto.graph.node[2].CopyFrom(helper.make_node("Atan", ["x"], ["power"], name="phase"))
    onnx.save(proto, model)
    info = json.loads(run("info", model, "--json")[0])
    assert info["cuda_ready"] is False
    assert info["cuda_fallbacks"] == ["phase (Atan): has no CUDA kernel"]


def test_run_writes_what_the_runtime_computes(
    run: Run, model: Path, speech: Path, tmp_path: Path
) -> None:
    target = tmp_path / "features.npy"
    target.write_bytes(b"an older file")
    out, err = run("run", model, speech, "-o", target, "--json")
    expected = load(model, providers="cpu")(generated_signal((RATE,), 2))
    np.testing.assert_array_equal(np.load(target), expected)
    [item] = json.loads(out)
    assert item == {"input": str(speech), "outputs": {str(target): [1, 4, 499]}, "seconds": 1.0}
    assert err == ""
    assert target.stat().st_mode & 0o777 == speech.stat().st_mode & 0o777


def test_run_resamples_and_mixes_and_says_so(
    run: Run, model: Path, stereo: Path, speech: Path, tmp_path: Path
) -> None:
    out, err = run("run", model, stereo, speech, "-o", tmp_path / "out")
    assert err.splitlines() == [
        f"{stereo}: 2 channels: mixed to one",
        f"{stereo}: resampled from 48000 to 16000 Hz",
    ]
    assert "1 x 4 x 249" in out
    assert np.load(tmp_path / "out" / "stereo.npy").shape == (1, 4, 249)
    assert np.load(tmp_path / "out" / "speech.npy").shape == (1, 4, 499)


def test_channels(stereo: Path) -> None:
    samples = soundfile.read(stereo, dtype="float32")[0]
    for channels, expected in (
        (Channels.MIX, samples.mean(axis=1)[None]),
        (Channels.FIRST, samples[:, :1].T),
        (Channels.BATCH, samples.T),
    ):
        clip = read_audio(stereo, 48000, channels)
        np.testing.assert_allclose(clip.samples, expected, atol=1e-7)
        assert (clip.sample_rate, clip.seconds) == (48000, 0.5)


def test_resampling_keeps_a_tone(tmp_path: Path) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(48000) / 48000).astype(np.float32)
    soundfile.write(tmp_path / "tone.wav", tone, 48000, subtype="FLOAT")
    clip = read_audio(tmp_path / "tone.wav", RATE)
    expected = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    # The filter rings at both ends, where the tone begins and ends abruptly.
    np.testing.assert_allclose(clip.samples[0, 1000:-1000], expected[1000:-1000], atol=1e-4)


def test_pcm_goes_in_as_it_stands_in_the_file(run: Run, tmp_path: Path) -> None:
    """A front end for int16: 16-bit files bit for bit, others rounded and clipped."""
    graph = helper.make_graph(
        [helper.make_node("Identity", ["audio"], ["samples"])],
        "identity",
        [helper.make_tensor_value_info("audio", TensorProto.INT16, ["batch", "samples"])],
        [helper.make_tensor_value_info("samples", TensorProto.INT16, ["batch", "samples"])],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    info = Metadata("Identity", sample_rate=RATE, input_dtype="int16")
    helper.set_model_props(proto, info.to_properties())
    onnx.save(proto, tmp_path / "identity.onnx")
    samples = np.random.default_rng(1).integers(-32768, 32768, 500).astype(np.int16)
    soundfile.write(tmp_path / "pcm.wav", samples, RATE, subtype="PCM_16")
    loud = np.array([0.25, 1.5, -1.5, 0.6 / 32768], np.float32)
    soundfile.write(tmp_path / "loud.wav", loud, RATE, subtype="FLOAT")
    files = [tmp_path / "pcm.wav", tmp_path / "loud.wav"]
    run("run", tmp_path / "identity.onnx", *files, "-o", tmp_path / "out")
    assert np.array_equal(np.load(tmp_path / "out/pcm.npy")[0], samples)
    assert np.load(tmp_path / "out/loud.npy").tolist() == [[8192, 32767, -32768, 1]]
    options = ("--seconds", 0.01, "--threads", 1, "--providers", "cpu", "--json")
    out, _ = run("bench", tmp_path / "identity.onnx", *options)
    assert json.loads(out)[0]["seconds"] == pytest.approx(0.01)


def test_an_array_goes_in_as_it_is(run: Run, model: Path, tmp_path: Path) -> None:
    audio = generated_signal((3, 640), 4)
    np.save(tmp_path / "batch.npy", audio)
    run("run", model, tmp_path / "batch.npy", "-o", tmp_path / "out")
    expected = load(model, providers="cpu")(audio)
    np.testing.assert_array_equal(np.load(tmp_path / "out" / "batch.npy"), expected)


def _bad_inputs(folder: Path) -> None:
    (folder / "words.wav").write_text("no audio")
    (folder / "words.npy").write_text("no array")
    np.save(folder / "objects.npy", np.array([{}]), allow_pickle=True)
    soundfile.write(folder / "short.wav", np.zeros(63, np.float32), RATE)
    soundfile.write(folder / "none.wav", np.zeros(0, np.float32), RATE)
    nan = np.full(100, np.nan, np.float32)
    soundfile.write(folder / "nan.wav", nan, RATE, subtype="FLOAT")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gone.wav", "gone.wav: No such file or directory"),
        ("words.wav", "words.wav is no audio file: Format not recognised"),
        ("bands.onnx", "bands.onnx is no audio file"),
        ("words.npy", "words.npy is no NumPy array"),
        ("objects.npy", "objects.npy is no NumPy array"),
        ("short.wav", "short.wav: the input has 63 samples, the graph needs at least 64"),
        ("none.wav", "none.wav: the input is empty"),
        ("nan.wav", "nan.wav: the input holds 100 values that are not finite"),
    ],
)
def test_bad_audio_is_one_line_and_leaves_nothing(
    run: Run, model: Path, tmp_path: Path, name: str, says: str
) -> None:
    _bad_inputs(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    out, err = run("run", model, tmp_path / name, "-o", tmp_path / "features.npy", exits=1)
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("nnaudio-run: ")
    assert says in err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_missing_folder_is_named(run: Run, model: Path, speech: Path, tmp_path: Path) -> None:
    target = tmp_path / "no" / "features.npy"
    err = run("run", model, speech, "-o", target, exits=1)[1]
    assert err == f"nnaudio-run: {target}: No such file or directory\n"


def test_a_failed_write_keeps_the_old_file(
    run: Run, model: Path, speech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "features.npy"
    target.write_bytes(b"an older file")

    def full(file: Any, array: Any) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    before = sorted(tmp_path.iterdir())
    err = run("run", model, speech, "-o", target, exits=1)[1]
    assert err == f"nnaudio-run: {target}: No space left on device\n"
    assert target.read_bytes() == b"an older file"
    assert sorted(tmp_path.iterdir()) == before


def test_inputs_are_never_overwritten(run: Run, model: Path, tmp_path: Path) -> None:
    source = tmp_path / "a.npy"
    np.save(source, generated_signal((1, 640), 1))
    before = source.read_bytes()
    for output in (source, tmp_path, tmp_path / ".." / tmp_path.name / "a.npy"):
        err = run("run", model, source, "-o", output, exits=2)[1]
        assert "overwritten" in err
    assert source.read_bytes() == before


def test_outputs_that_would_collide(run: Run, model: Path, speech: Path, tmp_path: Path) -> None:
    twin = tmp_path / "speech.flac"
    soundfile.write(twin, np.zeros(640), RATE)
    assert "same name" in run("run", model, speech, twin, "-o", tmp_path / "out", exits=2)[1]
    assert "folder" in run("run", model, speech, twin, "-o", "one.npy", exits=2)[1]


def test_selftest_passes_and_fails(run: Run, model: Path, tmp_path: Path) -> None:
    [result] = json.loads(run("selftest", model, "--json")[0])
    assert result["passed"] is True
    assert 0 <= result["error"] < 1e-6
    assert "yes" in run("selftest", model)[0]
    proto = onnx.load(model)
    scaled = numpy_helper.to_array(proto.graph.initializer[1]) * np.float32(1.01)
    proto.graph.initializer[1].CopyFrom(numpy_helper.from_array(scaled, "k"))
    onnx.save(proto, tmp_path / "other.onnx")
    good, bad = json.loads(run("selftest", model, tmp_path / "other.onnx", "--json", exits=1)[0])
    assert (good["passed"], bad["passed"]) == (True, False)
    assert "is off by 0.02" in bad["error"]


def test_bench(run: Run, model: Path) -> None:
    options = ["-s", 0.1, "-s", 0.5, "-t", 1, "-t", 2, "--batch", 2, "--json"]
    results = json.loads(run("bench", model, *options)[0])
    pairs = [(r["seconds"], r["threads"]) for r in results]
    assert pairs == [(0.1, 1), (0.5, 1), (0.1, 2), (0.5, 2)]
    for result in results:
        assert result["batch"] == 2
        seconds = result["seconds"] * result["batch"]
        assert result["real_time_factor"] == pytest.approx(1e-3 * result["milliseconds"] / seconds)
    assert "real time factor" in run("bench", model, "-s", 0.1, "-t", 1)[0]


def test_plot_draws_decibels_over_time(
    run: Run, model: Path, speech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.figure import Figure

    drawn: list[Figure] = []
    saved = Figure.savefig

    def keep(figure: Figure, *arguments: Any, **options: Any) -> None:
        drawn.append(figure)
        saved(figure, *arguments, **options)

    monkeypatch.setattr(Figure, "savefig", keep)
    target = tmp_path / "speech.png"
    result = json.loads(run("plot", model, speech, "-o", target, "--json")[0])
    assert result == {"plot": str(target)}
    assert target.read_bytes().startswith(b"\x89PNG")
    [panel, colours] = drawn[0].axes
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("time in seconds", "bands")
    assert colours.get_ylabel() == "dB re maximum"
    [image] = panel.images
    power = load(model, providers="cpu")(generated_signal((RATE,), 2))[0].astype(np.float64)
    expected = np.maximum(10 * np.log10(power / power.max()), -80)
    np.testing.assert_allclose(np.asarray(image.get_array()), expected, atol=1e-9)
    left, right, _, _ = image.get_extent()
    centres = load(model, providers="cpu").frame_times(499)
    assert left == pytest.approx(centres[0] - HOP / RATE / 2)
    assert right == pytest.approx(centres[-1] + HOP / RATE / 2)


def test_plot_needs_a_png(run: Run, model: Path, speech: Path, tmp_path: Path) -> None:
    err = run("plot", model, speech, "-o", tmp_path / "speech.jpg", exits=2)[1]
    assert ".png" in err


@pytest.mark.parametrize("command", ["info", "selftest", "bench"])
def test_a_bad_model_is_one_line(run: Run, tmp_path: Path, command: str) -> None:
    path = tmp_path / "words.onnx"
    path.write_text("no model")
    out, err = run(command, path, exits=1)
    assert out == ""
    assert err.startswith(f"nnaudio-run: {path} is a text file, not an ONNX model")
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", ["info", "run", "selftest", "bench", "stream", "plot"])
def test_every_command_explains_itself(run: Run, command: str) -> None:
    out, _ = run(command, "--help")
    assert f"nnaudio-run {command}" in out
    assert "--json" in out
    assert "--providers" in out


def test_usage_errors_exit_with_two(run: Run, model: Path) -> None:
    assert "No such command" in run("nix", exits=2)[1]
    assert "Missing argument" in run("run", model, exits=2)[1]
    assert "'auto'" in run("info", model, "--providers", "gpu", exits=2)[1]


def test_as_a_process(model: Path, speech: Path, tmp_path: Path) -> None:
    code = "from nnaudio_runtime.cli import main; main()"
    command = [sys.executable, "-W", "error", "-c", code]
    arguments = ["run", str(model), str(speech), str(tmp_path / "gone.wav"), "-o", str(tmp_path)]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == f"nnaudio-run: {tmp_path / 'gone.wav'}: No such file or directory\n"
    # What was computed before the failure is kept.
    assert np.load(tmp_path / "speech.npy").shape == (1, 4, 499)


@pytest.fixture(scope="module")
def stream_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from nnaudio_export import MelSpectrogram, export_onnx

    mel = MelSpectrogram(sr=RATE, n_fft=400, hop_length=160, n_mels=8)
    path = tmp_path_factory.mktemp("stream") / "mel.onnx"
    export_onnx(mel, path, streaming=True, chunk=0.02)
    return path


def test_a_stream_file_in_every_command(
    run: Run, stream_model: Path, speech: Path, tmp_path: Path
) -> None:
    said = {
        "chunk_samples": 320,
        "latency_samples": 200,
        "chunk_ms": 20.0,
        "latency_ms": 12.5,
        "state_size": 240,
    }
    cpu = ["--providers", "cpu", "--json"]
    assert json.loads(run("info", stream_model, *cpu)[0])["stream"] == said
    assert json.loads(run("selftest", stream_model, *cpu)[0])[0]["passed"] is True
    [pushed] = json.loads(run("bench", stream_model, "-t", 1, *cpu)[0])
    assert pushed["chunk_samples"] == 320
    assert pushed["real_time_factor"] == pytest.approx(pushed["microseconds_per_push"] / 20_000)

    whole, blocks = tmp_path / "whole.npy", tmp_path / "blocks.npy"
    run("run", stream_model, speech, "-o", whole, *cpu)
    out = run("stream", stream_model, speech, "--block", 0.007, "-o", blocks, *cpu)[0]
    np.testing.assert_array_equal(np.load(blocks), np.load(whole))
    played = json.loads(out)
    assert said.items() <= played.items()
    assert (played["frames"], played["frames_per_second"], played["seconds"]) == (101, 101.0, 1.0)
    assert played["block_samples"] == 112
    assert played["real_time_factor"] > 0


def test_a_file_of_whole_signals_does_not_stream(run: Run, model: Path, speech: Path) -> None:
    assert "export it with streaming=True" in run("stream", model, speech, exits=1)[1]
