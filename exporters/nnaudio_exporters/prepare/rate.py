"""The sampling rate of a module's input, where something stands in front of its front end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import torch
from nnaudio_contract import Described, LayerSpec
from torch import Tensor, nn

from nnaudio_exporters.prepare.inputs import Input
from nnaudio_exporters.prepare.outputs import run_eagerly

# Lengths whose differences are whole hops and whole steps of any usual resampler.
_LENGTHS = (16000, 32000, 64000)


def with_rate(
    spec: LayerSpec | None, module: nn.Module, model_input: Input, said: int | None
) -> LayerSpec | None:
    """The description of the front end, in terms of the module's input.

    A decimator in front of a front end for 16 kHz takes audio of 48 kHz, and its file must say so:
    how many samples the front end gets for one of the input is seen when the module runs.

    Args:
        spec: of the front end in the module.
        module: any module.
        model_input: its input.
        said: sampling rate of the input in Hz, as the caller says; None where he does not.

    Raises:
        ValueError: the rate contradicts the front end, or is needed and not said.
    """
    if said is not None and (isinstance(said, bool) or not isinstance(said, int) or said < 1):
        raise ValueError(f"sample_rate={said!r}: must be a whole number of Hz, at least 1")
    if spec is None or "samples" not in spec.input_axes or model_input.length_axis != "samples":
        return spec if spec is None or said is None else replace(spec, sample_rate=said)
    share = Fraction(1) if isinstance(module, Described) else _share(module, model_input, spec)
    rate = spec.sample_rate / share
    if said is not None and abs(said - rate) > 0.5:
        gets = "the input as it is" if share == 1 else f"{share} samples for one of the input"
        raise ValueError(
            f"sample_rate={said} contradicts {spec.layer}, which is for {spec.sample_rate} Hz and "
            f"gets {gets}: the input has {float(rate):g} Hz"
        )
    if share == 1:
        return spec
    if said is None:
        raise ValueError(
            f"what stands in front of {spec.layer} gives it {share} samples for one of the input: "
            f"the file must say the rate of the input; pass sample_rate={float(rate):g} if that is "
            f"meant ({spec.layer} is for {spec.sample_rate} Hz)"
        )
    hop = None if spec.hop_length is None else spec.hop_length / share
    return replace(
        spec,
        sample_rate=said,
        hop_length=int(hop) if hop is not None and hop.denominator == 1 else None,
        frame_offset=None,  # what was padded in front is not known
        min_length=model_input.min_length,
    )


def _share(module: nn.Module, model_input: Input, spec: LayerSpec) -> Fraction:
    """How many samples the front end gets for one of the input; 1 where that cannot be seen."""
    counted: list[int] = []
    for length in _LENGTHS:
        with _lengths_of(module, spec) as lengths:
            try:
                run_eagerly(module, torch.from_numpy(model_input.generated(1, length)))
            except Exception:  # a module of few lengths
                return Fraction(1)
        if not lengths:
            return Fraction(1)
        counted.append(lengths[0])
    shares = [
        Fraction(more - less, longer - length).limit_denominator(1000)
        for (less, more), (length, longer) in zip(
            pairwise(counted), pairwise(_LENGTHS), strict=True
        )
    ]
    share = shares[-1]
    if abs(float(share - shares[0])) > 0.02:  # it is cut or padded to some length: that is no rate
        return Fraction(1)
    # Frames that are cut to whole ones change little.
    near = abs(float(share) - 1) < 0.02
    return Fraction(1) if near or share <= 0 else share


@contextmanager
def _lengths_of(module: nn.Module, spec: LayerSpec) -> Iterator[list[int]]:
    """Notes the length of the audio that the front end is given."""
    lengths: list[int] = []

    def note(_: nn.Module, given: tuple[object, ...]) -> None:
        if given and isinstance(given[0], Tensor):
            lengths.append(given[0].shape[-1])

    hooks = [
        part.register_forward_pre_hook(note)
        for part in module.modules()
        if isinstance(part, Described) and part.describe().layer == spec.layer
    ]
    try:
        yield lengths
    finally:
        for hook in hooks:
            hook.remove()
