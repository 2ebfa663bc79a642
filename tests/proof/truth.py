"""What a module gives, and how much of it float32 can know."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch
from nnaudio_exporters.proof.rounding import RandomRounding
from numpy.typing import NDArray
from proof.model import Model
from torch import nn
from torch.utils import _pytree as pytree

from nnaudio_export import lower

Outputs = list[NDArray[np.generic]]
# A sample's own rounding, of its signal's largest.
_ROUNDING = 2.0**-23


class Truth:
    """A module in float32 and in float64.

    Args:
        model: the program that makes it. Each form is made anew, so that no copy can lose anything.
    """

    def __init__(self, model: Model) -> None:
        self._model = model

    def single(self, audio: NDArray[np.floating]) -> Outputs:
        """The module's outputs as it is."""
        return _run(self._single, torch.from_numpy(audio))

    def double(self, audio: NDArray[np.floating]) -> Outputs | None:
        """Its outputs in float64; None where it has no such form."""
        if self._double is None:
            return None
        try:
            return _run(self._double, torch.from_numpy(audio.astype(np.float64)))
        except (RuntimeError, TypeError):  # a constant of float32 in its forward
            return None

    def lost(self, audio: NDArray[np.float32], exact: Outputs, seeds: Sequence[int]) -> Outputs:
        """How much of each output value float32 does not know, absolute.

        The largest of these: the module's own rounding; how far its exact output moves when the
        samples change by a rounding of the largest; how it rounds if every step rounds at random;
        and half of how its fast form rounds, which is like an FFT. On this audio, and on such
        neighbours of it.
        Silence stays silence: rounding makes no sound out of it.
        """
        found = _distances(self.single(audio), exact)
        if seeds:
            found = self._more(found, self.rounded_at_random(audio), exact)
            found = self._more(found, self.one_by_one(audio, exact), exact)
            fast = self.fast_forms(audio)
            if fast:  # it rounds like an FFT: twice of that
                found = self._more(found, *fast, 0.5)
        axes = tuple(range(1, audio.ndim))
        step = _ROUNDING * np.abs(audio.astype(np.float64)).max(axis=axes, keepdims=True)
        step = np.where(audio == 0, 0.0, step)
        for seed in seeds:
            signs = np.random.default_rng(seed).choice((-1.0, 1.0), audio.shape)
            near = (audio + step * signs).astype(np.float32)
            rounded, moved = self.single(near), self.double(near)
            others = [(rounded, exact)] if moved is None else [(moved, exact), (rounded, moved)]
            for pair in others:
                found = [np.maximum(a, b) for a, b in zip(found, _distances(*pair), strict=True)]
        return found

    def one_by_one(self, audio: NDArray[np.float32], exact: Outputs) -> Outputs:
        """The outputs of each item alone: PyTorch may add up in another way then."""
        if len(audio) == 1 or any(len(output) != len(audio) for output in exact):
            return self.single(audio)
        items = [self.single(item[None]) for item in audio]
        return [np.concatenate(outputs) for outputs in zip(*items, strict=True)]

    def rounded_at_random(self, audio: NDArray[np.floating]) -> Outputs:
        """The exact outputs if every step of theirs rounds to float32, up or down."""
        with RandomRounding(seed=1):
            return self.double(audio) or self.single(audio)

    def fast_forms(self, audio: NDArray[np.floating]) -> tuple[Outputs, Outputs] | None:
        """The outputs with fast front ends, in float32 and in float64."""
        if self._fast is None:
            return None
        single, double = self._fast
        try:
            return _run(single, torch.from_numpy(audio)), _run(
                double, torch.from_numpy(audio.astype(np.float64))
            )
        except (RuntimeError, TypeError):
            return None

    @staticmethod
    def _more(found: Outputs, one: Outputs, other: Outputs, share: float = 1.0) -> Outputs:
        apart = _distances(one, other)
        return [
            np.maximum(a, share * b.astype(np.float64)) for a, b in zip(found, apart, strict=True)
        ]

    def on_noise(self, audio: NDArray[np.float32]) -> Outputs:
        """What it gives for noise as loud as the audio, or -20 dB where that is silent."""
        axes = tuple(range(1, audio.ndim))
        level = np.abs(audio).max(axis=axes, keepdims=True)
        level = np.where(level > 0, level, 0.1)
        noise = np.random.default_rng(11).uniform(-1, 1, audio.shape)
        return self.single((level * noise).astype(np.float32))

    @cached_property
    def _single(self) -> nn.Module:
        made = self._model.module()
        inner = getattr(made, "_orig_mod", made)  # of a compiled module: the same, in eager mode
        return inner.eval()

    @cached_property
    def _fast(self) -> tuple[nn.Module, nn.Module] | None:
        try:
            fast = lower(self._single).module.eval()
            return fast, copy.deepcopy(fast).double()
        except Exception:  # what cannot be lowered has no fast form
            return None

    @cached_property
    def _double(self) -> nn.Module | None:
        made = self._model.module()
        try:
            return getattr(made, "_orig_mod", made).eval().double()
        except RuntimeError:
            return None


def _run(module: nn.Module, audio: torch.Tensor) -> Outputs:
    with torch.inference_mode():
        leaves = pytree.tree_leaves(module(audio.clone()))  # some work in place
    return [leaf.numpy() for leaf in leaves if isinstance(leaf, torch.Tensor)]


def _distances(one: Outputs, other: Outputs) -> Outputs:
    return [_distance(a, b) for a, b in zip(one, other, strict=True)]


def _distance(a: NDArray[np.generic], b: NDArray[np.generic]) -> NDArray[np.generic]:
    """Where both are finite, else 0."""
    with np.errstate(invalid="ignore"):
        apart = np.abs(a.astype(np.float64) - b.astype(np.float64))
    return np.where(np.isfinite(apart), apart, 0.0)
