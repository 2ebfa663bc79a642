"""The search for counter-examples: faults that are planted are found, shrunk, and shown."""

from __future__ import annotations

import contextlib
import io
import itertools
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nnaudio_runtime
import numpy as np
import pytest
from nnaudio_exporters.prepare.inputs import Input
from nnaudio_exporters.prepare.options import Options
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.prepare.steps import prepare
from nnaudio_exporters.proof.counterexample import Counterexample
from nnaudio_exporters.proof.parity import Comparison
from nnaudio_exporters.proof.search import seeking
from nnaudio_exporters.proof.search.case import SPECTRA, Case
from nnaudio_exporters.proof.search.seeking import SearchReport, search
from nnaudio_exporters.proof.search.shrinking import shrunk
from nnaudio_exporters.proof.search.space import Space
from nnaudio_runtime.files.metadata import Metadata
from nnaudio_runtime.files.pcm import from_pcm
from numpy.typing import NDArray
from support.modules import TwoOutputs, WrongWhenFaint, small_mel
from torch import Tensor, nn

from nnaudio_export import STFT, ParityError, export_onnx, export_torchscript

Audio = NDArray[np.float32]
SECONDS = 60.0  # never reached: the number of cases ends a search


class Doubling(nn.Module):
    """Runs in no time."""

    def forward(self, audio: Tensor) -> Tensor:
        return 2 * audio


def prepared(module: nn.Module | None = None, **options: Any) -> PreparedModule:
    return prepare(module or Doubling(), Options(**options))


PREPARED = prepared()
INFO = Metadata(layer="Doubling", hop_length=160, config={"n_fft": 400})


def found(
    file: Callable[[Audio], Audio],
    *,
    seed: int = 0,
    cases: int = 3000,
    info: Metadata = INFO,
) -> SearchReport:
    """A search over a file that is a function."""
    comparison = Comparison(PREPARED, lambda x: {"output": file(x.astype(np.float32))})
    return search(comparison, info, "a.onnx", seconds=SECONDS, seed=seed, cases=cases)


def counterexample(file: Callable[[Audio], Audio], **arguments: Any) -> Counterexample:
    report = found(file, **arguments)
    assert report.counterexample is not None, report
    assert not report.passed
    return report.counterexample


def wrong_if(condition: Callable[[Audio], object], by: float = 1e-3) -> Callable[[Audio], Audio]:
    """A file that is off where a condition holds of its input."""
    return lambda x: 2 * x * np.float32(1 + by if condition(x) else 1)


def onset(x: Audio) -> int:
    """Where the first item is first above 0."""
    return int((np.abs(x[0]) > 0).argmax()) if x[0].any() else -1


# What is wrong with a file, and the input that must come out.
PLANTED = {
    "length": (wrong_if(lambda x: x.shape[1] > 3000), "np.ones((1, 3001))"),
    "rest": (wrong_if(lambda x: x.shape[1] > 900 and x.shape[1] % 160 == 1), "np.ones((1, 961))"),
    "batch": (wrong_if(lambda x: x.shape[0] >= 5), "np.ones((5, 1))"),
    # 6 dB are 1.995.
    "level": (wrong_if(lambda x: np.abs(x).max() > 2), "(10 ** (7 / 20) * np.ones((1, 1)))"),
    "faint": (
        wrong_if(lambda x: 0 < np.abs(x).max() < 1e-3),
        "(10 ** (-61 / 20) * np.ones((1, 1)))",
    ),
    "onset": (
        wrong_if(lambda x: 992 <= onset(x) < 1056),
        "(np.ones((1, 993)) * (np.arange(993) >= 992))",
    ),
    "end": (
        wrong_if(lambda x: x[0, :800].any() and x.shape[1] > 900 and not x[0, 900:].any()),
        "(np.ones((1, 901)) * (np.arange(901) < 1))",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_and_shrunk(name: str) -> None:
    file, expression = PLANTED[name]
    fault = counterexample(file)
    assert (fault.fault, fault.output, fault.outcome) == ("differs", "output", "numbers")
    assert fault.error == pytest.approx(1e-3, rel=1e-2)
    assert fault.allowed == pytest.approx(1e-5)
    assert fault.expression == f"{expression}.astype(np.float32)"
    assert file(built(fault)).shape == fault.shape


def built(fault: Counterexample) -> Audio:
    array: Audio = eval(fault.expression, {"np": np})
    assert array.shape == fault.shape
    return array


def test_a_file_that_is_right_is_searched_to_the_end() -> None:
    report = found(lambda x: 2 * x, cases=100)
    assert (report.passed, report.cases, report.counterexample) == (True, 100, None)
    assert report.worst == 0
    assert report.repeats >= 20
    assert str(report).startswith("a search of 60 s found no counter-example: 100 inputs, one of ")


def test_a_search_follows_from_its_seed() -> None:
    def inputs(seed: int) -> list[tuple[object, ...]]:
        seen: list[tuple[object, ...]] = []

        def file(x: Audio) -> Audio:
            seen.append((x.shape, x.tobytes()))
            return 2 * x * np.float32(1 + 1e-6 * x.shape[1] % 1)

        found(file, seed=seed, cases=60)
        return seen

    assert inputs(3) == inputs(3)
    assert inputs(3) != inputs(4)


def test_it_stays_within_what_the_file_takes() -> None:
    sizes = set()

    def file(x: Audio) -> Audio:
        sizes.add(x.shape)
        return 2 * x

    info = replace(INFO, min_length=100, max_length=5000, min_batch=2, max_batch=6)
    assert found(file, info=info, cases=500).passed
    batches, lengths = map(set, zip(*sizes, strict=True))
    assert batches == {2, 3, 4, 5, 6}
    assert (min(lengths), max(lengths)) == (100, 5000)


def test_it_follows_the_worst_uphill(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault that shows near one level and one frequency, and is faint farther off."""

    def file(x: Audio) -> Audio:
        power = np.abs(np.fft.rfft(x[0])) ** 2
        place = power.argmax() / x.shape[1]
        level = 20 * np.log10(np.abs(x).max() + 1e-9)
        near = np.exp(-(((place - 0.31) / 0.05) ** 2) - ((level + 90) / 15) ** 2)
        return 2 * x * np.float32(1 + 1.1e-5 * near)

    def needed() -> list[int]:
        return sorted(found(file, seed=seed, cases=1000).cases for seed in range(5))

    followed = needed()
    monkeypatch.setattr(seeking, "_FOLLOWING", 0.0)
    drawn = needed()
    assert followed[2] < 0.6 * drawn[2], (followed, drawn)


def test_a_bin_that_is_off() -> None:
    stft = prepared(STFT(n_fft=64, hop_length=32, verbose=False))

    def run(x: NDArray[np.generic]) -> Mapping[str, NDArray[Any]]:
        outputs = {name: one.numpy().copy() for name, one in stft.run(x.astype(np.float32)).items()}
        outputs["spectrogram"][:, 7] *= 1 + 1e-4
        return outputs

    info = Metadata(layer="STFT", min_length=33)
    report = search(Comparison(stft, run), info, "a.onnx", seconds=SECONDS, cases=500)
    fault = report.counterexample
    assert fault is not None
    assert fault.output == "spectrogram"
    assert 1e-5 < fault.error < 1.01e-4


@pytest.mark.parametrize("shrunk_from", range(3))
def test_shrinking_ends_in_the_simplest(shrunk_from: int) -> None:
    space = Space.of(PREPARED, INFO)
    rng = random.Random(shrunk_from)

    def fails(case: Case) -> bool:
        return case.length >= 777 and case.level <= -30 and case.start >= 50 and case.batch % 2 == 0

    case = next(one for _ in itertools.count() if fails(one := space.draw(rng, 2**20)))
    assert shrunk(case, space, fails) == Case(2, 777, "constant", level=-30.0, start=50)


# Chance and history


def test_a_file_that_varies() -> None:
    rng = random.Random(0)
    fault = counterexample(lambda x: 2 * x * np.float32(2 if rng.random() < 0.01 else 1), cases=500)
    assert fault.fault == "file varies"
    assert fault.headline.startswith("the file gives two outputs 'output' for one input")


@pytest.mark.parametrize("calls", [7, 30, 500])
def test_a_file_that_acts_after_some_calls(calls: int) -> None:
    count = itertools.count()
    fault = counterexample(lambda x: x * np.float32(2 if next(count) < calls else 3), cases=500)
    assert fault.fault == "file varies"


def test_short_input_is_repeated_however_few_cases() -> None:
    count = itertools.count()
    fault = counterexample(lambda x: x * np.float32(2 if next(count) < 15 else 3), cases=1)
    assert fault.fault == "file varies"


# Refusals


def test_a_file_that_refuses() -> None:
    def file(x: Audio) -> Audio:
        if x.shape[1] > 2000:
            raise ValueError("too long\nfor me")
        return 2 * x

    fault = counterexample(file)
    assert (fault.fault, fault.shape) == ("file refuses", (1, 2001))
    assert fault.headline == (
        "the file refuses what it says that it takes, for an input of shape (1, 2001): "
        "ValueError: too long"
    )


class Picky(nn.Module):
    def forward(self, audio: Tensor) -> Tensor:
        if audio.shape[-1] % 160 == 0:
            raise ValueError("not this one")
        return 2 * audio


def test_a_module_that_refuses() -> None:
    comparison = Comparison(prepared(Picky()), lambda x: {"output": 2 * x.astype(np.float32)})
    report = search(comparison, INFO, "a.onnx", seconds=SECONDS, cases=2000)
    fault = report.counterexample
    assert fault is not None
    assert (fault.fault, fault.shape, fault.reason) == (
        "module refuses",
        (1, 160),
        "ValueError: not this one",
    )


# Inputs

INPUTS = {
    "audio": Input(min_length=1),
    "channels": Input(axes=("batch", 2, "samples")),
    "frames": Input(axes=("batch", 5, "frames"), domain="non-negative"),
    "features behind": Input(axes=("batch", "frames", 5)),
    "fixed": Input(axes=(1, 300), min_length=300),
    "pcm": Input(dtype="int16"),
}


@pytest.mark.parametrize("name", INPUTS)
def test_every_input_is_built_by_its_expression(name: str) -> None:
    model_input = INPUTS[name]
    space = Space.of(replace(PREPARED, input=model_input), INFO)
    rng = random.Random(1)
    loudest = 1.0 if name == "pcm" else 10 ** (8 / 20)
    for spectrum in (*SPECTRA, *SPECTRA):
        case = replace(space.draw(rng, 4000), spectrum=spectrum)
        for moved in (case, space.moved(rng, case, 4000)):
            x = moved.build(model_input)
            assert x.shape == model_input.shape(moved.batch, moved.length)
            assert x.dtype == model_input.dtype
            assert np.isfinite(x).all()
            audio = from_pcm(x) if x.dtype == np.int16 else x
            assert np.abs(audio).max() <= loudest
            assert name != "frames" or audio.min() >= 0
            np.testing.assert_array_equal(moved.build(model_input), x)


def test_half_precision_is_searched_up_to_full_scale() -> None:
    space = Space.of(prepared(small_mel(), precision="fp16"), INFO)
    rng = random.Random(0)
    assert max(space.draw(rng, 4000).level for _ in range(500)) <= 0


# The program


def shown(fault: Counterexample, module: nn.Module) -> str:
    """What its program prints."""
    assert len(fault.program().splitlines()) == 5
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(fault.program(), {"module": module})
    return out.getvalue().strip()


@pytest.mark.parametrize("input_dtype", ["float32", "int16"])
@pytest.mark.parametrize("kind", ["number", "phase", "dict", "shape", "infinite", "silent"])
def test_the_program_reproduces(
    kind: str, input_dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module: nn.Module = small_mel()
    if kind == "phase":
        module = STFT(n_fft=64, hop_length=32, output_format="Phase", verbose=False)
    if kind == "dict":
        module = TwoOutputs().eval()
    of_module = prepared(module, input_dtype=input_dtype)

    def run(x: NDArray[np.generic]) -> dict[str, NDArray[Any]]:
        audio = from_pcm(x.astype(np.int16)) if x.dtype == np.int16 else x.astype(np.float32)
        outputs = {name: one.numpy().copy() for name, one in of_module.run(audio).items()}
        last = list(outputs)[-1]
        if kind == "shape" and audio.shape[0] > 1:
            outputs[last] = outputs[last][..., :-1]
        elif kind == "infinite":
            outputs[last].flat[3] = np.inf
        elif kind == "silent" and not audio.any():
            outputs[last] += np.float32(1e-3)
        elif kind not in ("silent", "shape"):
            outputs[last] = outputs[last] * np.float32(1.01)
        return outputs

    info = Metadata(layer="Any", min_length=of_module.input.min_length)
    comparison = Comparison(of_module, run)
    report = search(comparison, info, "a.onnx", seconds=SECONDS, cases=3000)
    fault = report.counterexample
    assert fault is not None
    loaded = SimpleNamespace(run=run)
    monkeypatch.setattr(nnaudio_runtime, "load", lambda path, providers: loaded)
    printed = shown(fault, module)
    if kind in ("number", "phase", "dict"):
        assert float(printed) == pytest.approx(fault.error, rel=1e-2)
    else:
        expected = {
            "shape": r"(2, 20, 1) (2, 20, 2)",
            "infinite": "1 differ",
            "silent": "0.001 where the module gives 0",
        }
        assert printed == expected[kind]


def test_the_program_of_a_file_that_varies(monkeypatch: pytest.MonkeyPatch) -> None:
    count = itertools.count()

    def file(x: Audio) -> Audio:
        return x * np.float32(2 if next(count) % 50 else 3)

    fault = counterexample(file, cases=1)
    loaded = SimpleNamespace(run=lambda x: {"output": file(x)})
    monkeypatch.setattr(nnaudio_runtime, "load", lambda path, providers: loaded)
    assert float(shown(fault, Doubling())) > 0.1


# Real files


@pytest.mark.parametrize(("export", "suffix"), [(export_onnx, "onnx"), (export_torchscript, "pt")])
def test_an_export_that_the_table_does_not_doubt(
    export: Callable[..., Any], suffix: str, tmp_path: Path
) -> None:
    module, path = WrongWhenFaint().eval(), tmp_path / f"mel.{suffix}"
    with pytest.raises(ParityError, match="No file was written: the same export with") as caught:
        export(module, path, longest=16000, proof="search")
    assert list(tmp_path.iterdir()) == []
    assert caught.value.report.passed
    fault = caught.value.counterexample
    assert fault is not None
    assert fault.program() in str(caught.value)
    assert fault.shape == (1, 129)
    assert 5e-6 < np.abs(built(fault)).max() < 2e-5
    # As the message says: this is the file that the program loads.
    export(module, path, longest=16000)
    assert float(shown(fault, module)) == pytest.approx(0.5, rel=1e-2)


def test_an_export_that_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("nnaudio_exporters.pipeline").pipeline.PROOFS, "search", 1.0)
    result = export_torchscript(small_mel(), tmp_path / "mel.pt", proof="search")
    assert result.search is not None
    assert result.search.passed
    assert result.search.repeats >= 20
    assert "a search of 1 s found no counter-example" in str(result)
    assert export_torchscript(small_mel(), tmp_path / "mel.pt").search is None


@pytest.mark.parametrize(("export", "suffix"), [(export_onnx, "onnx"), (export_torchscript, "pt")])
def test_an_unknown_proof(export: Callable[..., object], suffix: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^proof='x': must be one of default, search$"):
        export(small_mel(), tmp_path / f"mel.{suffix}", proof="x")
    assert list(tmp_path.iterdir()) == []
