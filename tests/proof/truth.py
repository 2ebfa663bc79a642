"""What a module gives, and how much of it float32 can know."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from proof.model import Model
from torch import nn
from torch.utils import _pytree as pytree

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

    def lost(self, audio: NDArray[np.float32], exact: Outputs, seeds: Iterable[int]) -> Outputs:
        """How much of each output value float32 does not know, absolute.

        The larger of two: the module's own rounding, and how far its exact output moves when the
        samples change by a rounding of the largest; on this audio, and on such neighbours of it.
        Silence stays silence: rounding makes no sound out of it.
        """
        found = _distances(self.single(audio), exact)
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
