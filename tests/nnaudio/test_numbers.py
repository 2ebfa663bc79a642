"""A layer of nnAudio, converted, gives nnAudio's numbers."""

from __future__ import annotations

import re
import warnings
from typing import Any

import pytest
import torch
from nnaudio.anchors import Case, audio, run
from nnaudio.cases import CASES
from torch import Tensor, nn

from nnaudio_export import features, from_nnaudio
from nnaudio_export.layers.layer import Layer
from nnaudio_export.nnaudio.signatures import SIGNATURES

LENGTHS = (5000, 1)
FAULT = "The converted layer does the same"


def convert(case: Case, package: str, obj: Any, **arguments: Any) -> Layer:
    """The layer converted, with a warning where the case has a fault, and none where not."""
    expectation = (
        pytest.warns(UserWarning, match=re.escape(FAULT))
        if package in case.faulty
        else warnings.catch_warnings()
    )
    with expectation:
        return from_nnaudio(obj, **arguments, **case.call)


def assert_same(case: Case, theirs: nn.Module, ours: Layer) -> None:
    for more in LENGTHS:
        shortest = ours.describe().min_length if case.input is audio else 1000
        x = case.input(shortest + more)
        with torch.no_grad():
            found = ours(x)
        found = found if isinstance(found, tuple) else (found,)
        weight = phase_weight(ours, x)
        for a, b in zip(found, run(theirs, x, **case.call), strict=True):
            assert a.shape == b.shape
            assert a.dtype == torch.float32
            scale = (b * weight).abs().max()
            assert scale > 0 or more < LENGTHS[0]  # of the shortest input, nothing may count
            error = float(((a - b) * weight).abs().max() / scale.clamp(min=1e-30))
            assert error <= case.tolerance, (more, error)


def phase_weight(layer: Layer, x: Tensor) -> Tensor | float:
    """A phase counts by its magnitude."""
    weight = layer.describe().weight
    with torch.no_grad():
        return 1.0 if weight is None else weight(x)


def states(layer: nn.Module) -> list[bool]:
    return [p.requires_grad for p in layer.parameters()]


cases = pytest.mark.parametrize(
    ("case", "package"),
    [(case, package) for case in CASES for package in case.packages],
    ids=lambda value: str(value),
)


@cases
@pytest.mark.parametrize("trained", [False, True], ids=["fresh", "trained"])
def test_live(case: Case, package: str, trained: bool) -> None:
    theirs = case.build(package, trained=trained)
    # Trained kernels do not always tell the sampling rate.
    ours = convert(case, package, theirs, **(_rate(case) if trained else {}))
    assert_same(case, theirs, ours)
    trainable = any(True for _ in theirs.parameters())
    assert any(True for _ in ours.parameters()) == trainable
    for name, value in ours.config.items():
        counted = name == "n_bins" and "fmax" in case.arguments  # then nnAudio counts them
        if name in case.arguments and name != "output_format" and not counted:
            assert value == case.arguments[name], name


@cases
@pytest.mark.parametrize("trained", [False, True], ids=["fresh", "trained"])
def test_state_dict(case: Case, package: str, trained: bool) -> None:
    theirs = case.build(package, trained=trained)
    arguments = {**case.arguments, **(case.trainable if trained else {})}
    ours = convert(case, package, theirs.state_dict(), layer=case.layer, **arguments)
    assert_same(case, theirs, ours)
    assert len(states(ours)) == len(states(convert(case, package, theirs, **_rate(case))))


def _rate(case: Case) -> dict[str, Any]:
    return {name: value for name, value in case.arguments.items() if name == "sr"}


@cases
def test_frozen_parameters_stay_frozen(case: Case, package: str) -> None:
    if not case.trainable:
        return
    theirs = case.build(package, trained=True)
    ours = convert(case, package, theirs, **_rate(case))
    frozen = convert(case, package, theirs.requires_grad_(False), **_rate(case))
    assert len(states(frozen)) == len(states(ours))
    assert all(states(ours))
    assert not any(states(frozen))


def test_every_class_has_a_case() -> None:
    """All but Griffin_Lim, which has no numbers: it starts at random."""
    here = {name for name in SIGNATURES if hasattr(features, name) or name == "iCQT"}
    assert {case.layer for case in CASES} == here - {"Griffin_Lim"}
