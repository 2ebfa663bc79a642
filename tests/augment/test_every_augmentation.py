"""What holds for every augmentation: modes, seeds, chance per item, gradients, bad input."""

from __future__ import annotations

import copy

import pytest
import torch
from augment.cases import CASES, Case

from nnaudio_export import augment

every = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def test_the_cases_are_complete() -> None:
    assert {case.name for case in CASES} | {"Augmentation"} == set(augment.__all__)


@every
def test_evaluation_mode_is_the_identity(case: Case) -> None:
    x = case.example()
    layer = case.make(generator=0)
    assert layer.eval()(x) is x
    assert not torch.equal(layer.train()(x), x)


@every
def test_the_input_stays_as_it_is(case: Case) -> None:
    x = case.example()
    before = x.clone()
    case.make(generator=0)(x)
    assert torch.equal(x, before)


@every
def test_a_seed_repeats(case: Case) -> None:
    x = case.example()
    first, second = case.make(generator=5), case.make(generator=5)
    for _ in range(2):
        assert torch.equal(first(x), second(x))
    assert not torch.equal(case.make(generator=6)(x), case.make(generator=5)(x))
    torch.manual_seed(1)
    unseeded = case.make()(x)
    torch.manual_seed(1)
    assert torch.equal(case.make()(x), unseeded)


@every
def test_a_generator_of_its_own_leaves_the_global_one_alone(case: Case) -> None:
    before = torch.get_rng_state()
    case.make(generator=0)(case.example())
    assert torch.equal(torch.get_rng_state(), before)


@every
def test_a_copy_goes_on_with_the_same_numbers(case: Case) -> None:
    x = case.example()
    layer = case.make(generator=0)
    layer(x)
    assert torch.equal(copy.deepcopy(layer)(x), layer(x))


@every
def test_items_and_calls_differ(case: Case) -> None:
    x = case.example(items=8)
    layer = case.make(generator=0)
    y = layer(x)
    assert len(torch.unique(y.flatten(1), dim=0)) > 1
    assert not torch.equal(layer(x), y)


@every
def test_shapes_and_dtypes(case: Case) -> None:
    one = case.example(items=1)
    channels = case.example(items=4).reshape(2, 2, *one.shape[1:])
    for x in (one[0], one, channels, channels.double()):
        y = case.make(generator=0)(x)
        assert y.shape == x.shape
        assert y.dtype == x.dtype
        assert torch.isfinite(y).all()


@every
@pytest.mark.parametrize("silent", [False, True])
def test_gradients_are_finite(case: Case, silent: bool) -> None:
    x = (case.example() * (0 if silent else 1)).requires_grad_()
    case.make(generator=0)(x).square().sum().backward()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()
    assert silent or x.grad.abs().max() > 0


@every
def test_bad_input(case: Case) -> None:
    layer = case.make()
    with pytest.raises(ValueError, match=r"dtype torch\.int16: must be floating point"):
        layer(case.example().to(torch.int16))
    with pytest.raises(ValueError, match=r"shape \(0, 5\): must not be empty"):
        layer(torch.zeros(0, 5))
    with pytest.raises(ValueError, match=r"has shape \(1, 1, 1, 1, 5\): must be \("):
        layer(torch.zeros(1, 1, 1, 1, 5))
    with pytest.raises(TypeError, match=r"is a list: must be a torch\.Tensor"):
        layer([0.0])
    with pytest.raises(ValueError, match=r"generator='x': must be a torch\.Generator on the CPU"):
        case.make(generator="x")


@every
def test_it_says_what_it_is(case: Case) -> None:
    assert repr(case.make()).startswith(f"{case.name}(")
    assert "=" in repr(case.make())
