"""Graphs of magnitudes: the file says so, and the runtime holds its callers to it."""

from __future__ import annotations

import numpy as np
import pytest
from nnaudio_runtime import AudioError, Metadata, Probes, SelfTest
from nnaudio_runtime.files.input_contract import InputContract

CONTRACT = InputContract(
    ("batch", 3, "frames"), np.dtype("float32"), length_axis="frames", domain="non-negative"
)


def test_values_below_zero_are_named() -> None:
    x = np.ones((1, 3, 4), np.float32)
    assert CONTRACT.admit(x) is x
    x[0, 2, 1] = -0.5
    x[0, 2, 3] = -1
    with pytest.raises(AudioError, match=r"2 values below 0, the first is -0\.5 at \[0, 2, 1\]"):
        CONTRACT.admit(x)


def test_zeros_and_signed_zeros_pass() -> None:
    CONTRACT.admit(np.full((1, 3, 2), -0.0, np.float32))


def test_nan_is_told_from_a_negative_value() -> None:
    with pytest.raises(AudioError, match="not finite"):
        CONTRACT.admit(np.full((1, 3, 2), np.nan, np.float32))


def test_audio_may_be_negative() -> None:
    InputContract(("batch", "samples"), np.dtype("float32")).admit(-np.ones((1, 3), np.float32))


def test_metadata_and_selftest_survive_the_round_trip() -> None:
    selftest = SelfTest(
        (1, 3, 4), 1, 1e-5, (Probes("audio", "relative", 1.0, {0: 0.5}),), "non-negative"
    )
    assert selftest.format().splitlines()[0] == "1x3x4 1 1e-05 non-negative"
    assert selftest.signal().min() >= 0
    described = Metadata(
        "GriffinLim",
        input_axes=("batch", "3", "frames"),
        input_domain="non-negative",
        selftest=selftest,
    )
    properties = described.to_properties()
    assert properties["nnaudio.input_domain"] == "non-negative"
    assert Metadata.from_properties(properties) == described
    assert "nnaudio.input_domain" not in Metadata("STFT").to_properties()
