"""The front ends in a module: what they say of its input and of its frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nnaudio_contract import Described, LayerSpec
from torch import nn


def described_front_end(module: nn.Module) -> LayerSpec | None:
    """The description of a module's front end; of several, the first with the largest minimum.

    Raises:
        ValueError: front ends that take audio differ in their sampling rates.
    """
    if isinstance(module, Described):
        return module.describe()
    specs = list(_outermost(module))
    if not specs:
        return None
    audio = [spec for spec in specs if "samples" in spec.input_axes] or specs
    rates = {spec.sample_rate for spec in audio}
    if len(rates) > 1:
        raise ValueError(
            f"the module has front ends for {', '.join(map(str, sorted(rates)))} Hz: "
            "one graph takes audio of one sampling rate"
        )
    hop = next((spec for spec in audio if spec.hop_length is not None), audio[0])
    return replace(
        audio[0],
        min_length=max(spec.min_length for spec in audio),
        hop_length=hop.hop_length,
        frame_offset=hop.frame_offset,
    )


def _outermost(module: nn.Module) -> Iterator[LayerSpec]:
    for child in module.children():
        if isinstance(child, Described):
            yield child.describe()
        else:
            yield from _outermost(child)


def first_front_end(module: nn.Module) -> LayerSpec | None:
    """The front end that is certain to take the module's own input; None where that is unknown."""
    if isinstance(module, Described):
        return module.describe()
    if isinstance(module, nn.Sequential) and len(module):
        return first_front_end(module[0])
    return None
