"""The Python runtime against the cases that every runtime is tested with."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conformance.refused import EXPECTED, Case, kind_of, lines
from conformance.write import GOOD, INPUTS, REFUSED, write_lines, write_refused, write_small
from nnaudio_runtime import AudioError, Frontend, ModelFileError, load, to_pcm
from nnaudio_runtime.files.selftest import generated_signal

FORMAT = Path(__file__).parents[2] / "docs" / "format.md"
# Written by `make test-cpp`: also every layer, by every engine.
WRITTEN = os.environ.get("NNAUDIO_GOLDEN")
CASES = lines(REFUSED)
GIVEN = lines(INPUTS)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if WRITTEN:
        return Path(WRITTEN)
    folder = tmp_path_factory.mktemp("conformance")
    write_refused(folder)
    write_lines(folder / GOOD, write_small(folder))
    return folder


def _features(frontend: Frontend, audio: Any) -> tuple[Any, ...]:
    given = to_pcm(audio) if frontend.contract.dtype == "int16" else audio
    return tuple(frontend.run(given).values())


def _streamed(frontend: Frontend, audio: Any) -> tuple[Any, ...]:
    """The same in blocks of random lengths."""
    info = frontend.info
    assert info is not None
    axis = info.input_axes.index(info.length_axis)
    size = audio.shape[axis]
    cuts = np.sort(np.random.default_rng(5).integers(0, size + 1, 7))
    given = to_pcm(audio) if frontend.contract.dtype == "int16" else audio
    with frontend.stream(len(audio)) as stream:
        parts = [stream.push(block) for block in np.split(given, cuts, axis)] + [stream.flush()]
        outputs = zip(*(p if isinstance(p, tuple) else (p,) for p in parts), strict=True)
        return tuple(
            np.concatenate(along, at) for along, at in zip(outputs, stream.time_axes, strict=True)
        )


def test_files_that_must_run(folder: Path) -> None:
    cases = lines(folder / GOOD)
    assert len(cases) >= (50 if WRITTEN else 11)
    for case in cases:
        frontend = load(folder / case["file"], providers="cpu")
        batch = frontend.contract.axes[0]
        rows = slice(batch if isinstance(batch, int) else None)
        audio = np.load(folder / case["input"])[rows]
        expected = [np.load(folder / name)[rows] for name in case["outputs"].split()]
        streams = frontend.info is not None and frontend.info.streaming is not None
        for run in (_features, _streamed) if streams else (_features,):
            for found, wanted in zip(run(frontend, audio), expected, strict=True):
                assert found.shape == wanted.shape, case["file"]
                error = np.abs(found - wanted).max() / np.abs(wanted).max()
                assert error <= float(case["tolerance"]), (case["file"], error)
        if frontend.info is not None:
            frontend.selftest()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_files_that_must_be_refused(case: Case, folder: Path) -> None:
    path = folder / "refused" / case["file"]
    if "optional" in case and (frontend := _loaded(path)):
        frontend(generated_signal((1, 64), 1))
        return
    with pytest.raises(ModelFileError) as caught:
        load(path, providers="cpu")
    message = str(caught.value)
    assert message.startswith(str(path))
    sentence = message.removeprefix(str(path))
    assert kind_of(sentence) in (case["kind"], case.get("or"))
    for part in (case.get("says", ""), case.get("python", "")):
        assert part in sentence


@pytest.mark.parametrize("case", GIVEN, ids=lambda case: "-".join(list(case.values())[:-1]))
def test_inputs_that_must_be_refused(case: Case, folder: Path) -> None:
    frontend = load(folder / case["file"], providers="cpu")
    audio = np.abs(generated_signal(tuple(map(int, case["shape"].split("x"))), 1))
    if "first" in case:
        audio.flat[0] = float(case["first"])
    given = to_pcm(audio) if case.get("dtype", frontend.contract.dtype) == "int16" else audio
    rate = int(case["rate"]) if "rate" in case else None
    with pytest.raises(AudioError) as caught:
        (_whole_stream if case.get("through") == "stream" else Frontend.run)(frontend, given, rate)
    assert case["says"] in str(caught.value)


def _whole_stream(frontend: Frontend, block: Any, rate: int | None) -> None:
    stream = frontend.stream(len(block))
    stream.push(block, rate)
    stream.flush()


def _loaded(path: Path) -> Frontend | None:
    try:
        return load(path, providers="cpu")
    except ModelFileError:
        return None


def test_each_case_is_whole() -> None:
    assert len({case["file"] for case in CASES}) == len(CASES)
    contents = {"hex", "text", "zip", "made", "base"}
    for case in CASES:
        assert len(contents & case.keys()) == 1, case["file"]
        assert case.keys() <= {*contents, *EXPECTED, "weights", "set", "cut"}, case["file"]


def test_the_document_the_phrases_and_the_cases_have_the_same_kinds() -> None:
    table = FORMAT.read_text(encoding="utf-8").partition("\n## Refusals\n")[2]
    kinds = set(re.findall(r"^\| `([a-z-]+)` \|", table, re.M))
    assert kinds == {case["kind"] for case in CASES}
    assert kinds == {one["kind"] for one in lines("kinds.jsonl")}


def test_the_document_names_every_property(folder: Path) -> None:
    text = FORMAT.read_text(encoding="utf-8")
    found = {
        key
        for case in lines(folder / GOOD)
        if (info := load(folder / case["file"], providers="cpu").info)
        for key in info.to_properties()
        if key.startswith("nnaudio.")
    }
    assert len(found) > 20
    for key in found:
        assert f"`{key.removeprefix('nnaudio.').removeprefix('streaming.')}`" in text, key
