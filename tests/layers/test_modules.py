"""Layers are well-behaved modules: saved, copied, moved, renamed."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable
from typing import cast

import numpy as np
import pytest
import torch
from layers.table import ROWS, Row
from torch import Tensor

from nnaudio_export.layers.layer import Layer


def example(row: Row, layer: Layer) -> Tensor:
    return torch.from_numpy(row.example("noise", layer.describe().min_length + 3 + row.frame, 2))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_copies_compute_the_same(row: Row) -> None:
    layer = row.make(**dict.fromkeys(row.trainable, True))
    with torch.no_grad():  # something learned, which a copy must carry
        for parameter in layer.parameters():
            parameter.mul_(1.25)
        x = example(row, layer)
        expected = layer(x)
        assert not row.trainable or not torch.equal(expected, row.make()(x))
        copies = {
            "pickle": pickle.loads(pickle.dumps(layer)),
            "deepcopy": copy.deepcopy(layer),
        }
        loaded = row.make(**dict.fromkeys(row.trainable, True))
        file = io.BytesIO()
        torch.save(layer.state_dict(), file)
        file.seek(0)
        loaded.load_state_dict(torch.load(file, weights_only=True))
        copies["state_dict"] = loaded
        for name, other in copies.items():
            assert torch.equal(other(x), expected), name
            assert repr(other) == repr(layer), name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_to_float64(row: Row) -> None:
    """The kernels keep float32's rounding, the arithmetic is double."""
    layer = row.make().to(torch.float64)
    x = example(row, layer)
    found = layer(x.double())
    assert found.dtype == torch.float64
    for item, a in zip(x.numpy(), found.numpy(), strict=True):
        assert row.error(a, row.definition(item.astype(np.float64)), item) <= row.tolerance


# Not the large ones: PyTorch takes 15 s for a bfloat16 conv_transpose1d of 2048 samples.
@pytest.mark.parametrize("row", [r for r in ROWS if "2048" not in r.id], ids=lambda row: row.id)
def test_to_bfloat16(row: Row) -> None:
    """Eight bits of mantissa: the figures are rough, but right and finite."""
    layer = row.make().to(torch.bfloat16)
    x = example(row, layer)
    found = layer(x.bfloat16())
    assert found.dtype == torch.bfloat16
    for item, a in zip(x.numpy(), found.float().numpy(), strict=True):
        assert row.error(a, row.definition(item.astype(np.float64)), item) <= row.bfloat16


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_half_is_refused(row: Row) -> None:
    layer = row.make().half()
    with pytest.raises(ValueError, match=r"dtype torch.float16.*torch.float32.*torch.bfloat16"):
        layer(example(row, layer).half())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_description(row: Row) -> None:
    """What the exporters read agrees with what the layer does."""
    layer = row.make()
    spec = layer.describe()
    x = example(row, layer)
    output = layer(x)
    assert spec.layer == type(layer).__name__
    assert len(spec.input_axes) == x.dim()
    assert len(spec.output_axes) == output.dim()
    for axes, tensor in ((spec.input_axes, x), (spec.output_axes, output)):
        for axis, size in zip(axes, tensor.shape, strict=True):
            assert isinstance(axis, str) or axis == size
    assert spec.measure == row.measure
    assert (spec.weight is None) == (row.weight is None or row.bins is not None)
    rebuilt = cast(Callable[..., Layer], type(layer))(**spec.config)
    assert torch.equal(rebuilt(x), output)


@pytest.mark.parametrize(
    "row",
    [r for r in ROWS if r.bins is None and r.weight is None and not r.id.startswith("mfcc")],
    ids=lambda row: row.id,
)
def test_frame_offset_is_the_centre_of_frame_0(row: Row) -> None:
    """An impulse at ``frame_offset + m hop`` is loudest in frame m."""
    layer = row.make()
    spec = layer.describe()
    assert spec.hop_length is not None
    assert spec.frame_offset is not None
    audio = torch.zeros(1, spec.frame_offset + 20 * spec.hop_length + spec.min_length)
    audio[0, spec.frame_offset + 10 * spec.hop_length] = 1.0
    loudness = layer(audio)[0].abs()
    if loudness.dim() == 3:
        loudness = loudness.norm(dim=2)
    assert int(loudness.sum(dim=0).argmax()) == 10
