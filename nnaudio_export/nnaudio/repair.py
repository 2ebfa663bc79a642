"""Right numbers in place of nnAudio's faulty ones: a layer of ours with the same arguments."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from nnaudio_export import features
from nnaudio_export.layers.layer import Layer
from nnaudio_export.nnaudio.source import Source


def repaired(source: Source) -> Layer:
    """Our layer of the same name, from the arguments that are known.

    Raises:
        ValueError: an argument without which the numbers would be others is not known.
    """
    known: dict[str, Any] = {**source.arguments, **source.call}
    source.needs("sr", "hop_length", "fmin", "n_bins", "bins_per_octave", "filter_scale")
    if known.get("output_format") == "Phase":
        known["output_format"] = "CosSin"  # nnAudio's Phase of a constant-Q layer
    return ours(source.layer, known)


def ours(name: str, known: Mapping[str, Any]) -> Layer:
    """Our layer of nnAudio's name, with those arguments that it takes."""
    kind: Any = getattr(features, name)
    accepted = inspect.signature(kind).parameters
    arguments = {**known, "verbose": False}
    layer: Layer = kind(**{k: v for k, v in arguments.items() if k in accepted})
    layer.config.pop("verbose", None)
    return layer
