"""Metadata and self-tests survive their text form; malformed text is one clear error."""

from __future__ import annotations

import re
import string
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nnaudio_runtime import Metadata, ModelFileError, Probes, SelfTest, SelfTestError
from nnaudio_runtime import generated_signal as signal
from nnaudio_runtime.files.properties import parse_real, parse_whole

names = st.text(string.ascii_letters + string.digits + "_./-", min_size=1, max_size=12)
float32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
# Nine digits are what the text holds, and enough for every float32.
written = float32.map(lambda value: float(f"{value:.9g}"))
probes = st.builds(
    Probes,
    names,
    st.sampled_from(["relative", "circle"]),
    written.map(abs),
    st.dictionaries(st.integers(0, 10**6), written, min_size=1, max_size=5),
)
selftests = st.builds(
    SelfTest,
    st.lists(st.integers(1, 40), min_size=1, max_size=4).map(tuple),
    st.integers(0, 2**32 - 1),
    st.just(1e-5),
    st.lists(probes, max_size=3).map(tuple),
)
json = st.recursive(
    st.none() | st.booleans() | st.integers() | float32 | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
positive = st.none() | st.integers(1, 2**40)
axes = st.lists(names, min_size=1, max_size=4).map(tuple)
metadata = st.builds(
    Metadata,
    layer=names,
    config=st.dictionaries(st.text(max_size=9), json, max_size=4),
    sample_rate=positive,
    hop_length=positive,
    frame_offset=st.none() | st.integers(-(2**40), 2**40),
    min_length=st.integers(1, 2**40),
    max_length=st.none() | st.integers(2**40, 2**60),
    min_batch=st.integers(1, 9),
    max_batch=st.none() | st.integers(9, 2**40),
    input_axes=axes,
    output_axes=st.lists(axes, max_size=3).map(tuple),
    output_names=st.lists(names, max_size=3).map(tuple),
    weights_sha256=st.text("0123456789abcdef", max_size=64),
    parity=st.text(max_size=20),
    selftest=st.none() | selftests,
    extra=st.dictionaries(names.filter(lambda n: not n.startswith("nnaudio.")), st.text()),
)


@given(selftests)
def test_a_selftest_survives(test: SelfTest) -> None:
    assert SelfTest.parse(test.format()) == test


@given(float32)
def test_a_float32_survives_its_text(value: float) -> None:
    test = SelfTest((1,), 0, 1e-5, (Probes("y", "relative", 1.0, {0: value}),))
    assert np.float32(SelfTest.parse(test.format()).probes[0].values[0]) == np.float32(value)


@given(metadata)
def test_metadata_survives(described: Metadata) -> None:
    properties = described.to_properties()
    assert all(isinstance(value, str) for value in properties.values())
    assert Metadata.from_properties(properties) == described


KEYS = [*Metadata("x", {}, 1, 1, 1, selftest=SelfTest((1,), 0, 0, ())).to_properties()]


@given(st.dictionaries(st.sampled_from(KEYS), st.text()))
def test_any_property_is_read_or_refused(broken: dict[str, str]) -> None:
    try:
        described = Metadata.from_properties(broken)
    except ModelFileError:
        return
    assert (described is None) == ("nnaudio.format" not in broken)


@given(st.text(string.digits + "+-_ .eE\n٣", max_size=25))
def test_a_number_is_read_as_any_language_reads_it(text: str) -> None:
    whole, real = parse_whole(text), parse_real(text)
    if whole is not None:
        assert whole == int(text)
    fits = re.fullmatch("-?[0-9]+", text) and -(2**63) <= int(text) < 2**63
    assert (whole is None) == (not fits)
    if real is not None:
        assert real == float(text)
        assert not set(text) & set(" _\n٣")


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("config", "[" * 100_000, "no JSON"),
        ("config", "9" * 5000, "no JSON"),
    ],
)
def test_a_config_that_exhausts_the_parser(key: str, value: str, says: str) -> None:
    with pytest.raises(ModelFileError, match=says):
        Metadata.from_properties({"nnaudio.format": "1", f"nnaudio.{key}": value})


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 6), min_size=1, max_size=3))
def test_the_signal_is_the_loop_that_any_language_writes(seed: int, shape: list[int]) -> None:
    state, expected = seed, []
    for _ in range(int(np.prod(shape))):
        state = (1664525 * state + 1013904223) % 2**32
        expected.append(np.float32(state / 2**31 - 1) / np.float32(2))
    made = signal(tuple(shape), seed)
    assert made.dtype == np.float32
    np.testing.assert_array_equal(made, np.array(expected, np.float32).reshape(shape))


def _check(measure: Any, scale: float, expected: float, found: Any) -> float:
    test = SelfTest((1,), 1, 1e-3, (Probes("y", measure, scale, {1: expected}),))
    return test.check({"y": np.array(found, np.float32)})


def test_measures() -> None:
    assert _check("relative", 10.0, 5.0, [0.0, 5.005]) == pytest.approx(5e-4, rel=1e-3)
    # -pi and pi are the same phase.
    assert _check("circle", 1.0, np.pi, [0.0, -np.pi]) < 1e-6
    with pytest.raises(SelfTestError, match=r"off by 0\.01"):
        _check("relative", 10.0, 5.0, [0.0, 5.1])
    for broken in ([0.0, np.nan], [0.0]):
        with pytest.raises(SelfTestError, match="off by inf"):
            _check("relative", 10.0, 5.0, broken)
    with pytest.raises(SelfTestError, match="probes output 'y', the graph has 'z'"):
        SelfTest((1,), 1, 1e-3, (Probes("y", "relative", 1.0, {0: 0.0}),)).check({"z": np.ones(1)})
