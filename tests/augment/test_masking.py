"""What the masks of SpecAugment do to the numbers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from nnaudio_export.augment import Augmentation, FrequencyMasking, TimeMasking

Make = Callable[..., Augmentation]
both = pytest.mark.parametrize(
    ("make", "axis"), [(TimeMasking, -1), (FrequencyMasking, -2)], ids=["time", "frequency"]
)


def masks(make: Make, axis: int, x: Tensor, param: int, **arguments: object) -> Tensor:
    """Which places of the axis are masked: ``(items, size)``; the rest must be as before."""
    y = make(param, mask_value=-9.0, generator=0, **arguments)(x)
    masked = y == -9
    assert torch.equal(y[~masked], x[~masked])
    across = -1 if axis == -2 else -2
    assert torch.equal(masked.any(across), masked.all(across))  # whole rows or columns
    return masked.all(across).flatten(0, -2)


def widths(found: Tensor) -> Tensor:
    """Widths of the masks, each in one piece."""
    edges = found.int().diff(dim=1, prepend=torch.zeros(len(found), 1).int())
    assert (edges.eq(1).sum(1) <= 1).all()
    return found.sum(1)


@both
def test_widths_and_places(make: Make, axis: int) -> None:
    found = masks(make, axis, torch.rand(500, 30, 30), 8)
    assert set(widths(found).tolist()) == set(range(8))  # [0, mask_param)
    assert found.any(0).all()  # every place is masked once, both ends included


@both
def test_iid_masks(make: Make, axis: int) -> None:
    x = torch.rand(10, 3, 40, 40)
    assert len(torch.unique(masks(make, axis, x, 30), dim=0)) > 20
    shared = masks(make, axis, x, 30, iid_masks=False)
    assert len(torch.unique(shared, dim=0)) == 1
    assert widths(shared)[0] > 0


@both
def test_a_mask_wider_than_the_axis(make: Make, axis: int) -> None:
    found = masks(make, axis, torch.rand(300, 6, 6), 1000)
    assert set(widths(found).tolist()) == set(range(6))


def test_largest_share() -> None:
    found = masks(TimeMasking, -1, torch.rand(300, 4, 50), 1000, p=0.2)
    assert set(widths(found).tolist()) == set(range(10))
    assert not masks(TimeMasking, -1, torch.rand(300, 4, 50), 1000, p=0.0).any()


def test_masked_values_have_no_gradient() -> None:
    x = torch.rand(4, 20, 20, requires_grad=True)
    y = TimeMasking(10, mask_value=5.0, generator=0)(x)
    y.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, (y != 5).to(x.dtype))
    assert (y == 5).any()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TimeMasking(0), r"time_mask_param=0: must be a whole number of at least 1"),
        (lambda: TimeMasking(5, p=2), r"p=2: must be a share of the frames, from 0 to 1"),
        (lambda: FrequencyMasking(-1), r"freq_mask_param=-1: must be a whole number"),
        (lambda: FrequencyMasking(3, mask_value=torch.inf), r"mask_value=inf: must be a finite"),
    ],
)
def test_bad_arguments(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_audio_is_refused() -> None:
    with pytest.raises(ValueError, match=r"spectrogram has shape \(100,\): must be \(bins, frames"):
        TimeMasking(5)(torch.zeros(100))
