"""Makes the self-test that a graph carries."""

from __future__ import annotations

import math

import numpy as np
from nnaudio_runtime.files.selftest import Probes, SelfTest
from numpy.typing import NDArray

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.prepare.prepared import PreparedModule

_SEED = 1
_PROBES = 32
# Long enough for some frames of a front end, short enough for a phone's first second.
_LENGTHS = {"samples": 4096, "frames": 16}
# In shortest inputs, where shorter ones give no number.
_LONGEST = 1000
# Values that count for less are no probes.
_LEAST_WEIGHT = 0.25


def make_selftest(prepared: PreparedModule, tolerance: float) -> SelfTest:
    """Probes of the eager output for a generated input.

    Args:
        prepared: the module.
        tolerance: largest error of a probe, relative to the output's maximum.

    Raises:
        ExportError: an output has no finite value.
    """
    model_input = prepared.input
    longest = model_input.max_length or math.inf
    length = model_input.min_length
    if model_input.open_length:
        length = max(length, _LENGTHS[model_input.length_axis])
    length = int(min(length, longest))
    # A deviation over one frame is no number: where that happens, more frames have one.
    longer = min(longest, _LONGEST * model_input.min_length) if model_input.open_length else 0
    while _gives_none(prepared, length) and 4 * length <= longer:
        length *= 4
    return _selftest(prepared, tolerance, length)


def _noise(prepared: PreparedModule, length: int) -> NDArray[np.float32]:
    return prepared.input.generated(prepared.input.admitted_batch(1), length, _SEED)


def _gives_none(prepared: PreparedModule, length: int) -> bool:
    """Some output has no finite value."""
    outputs = prepared.run(_noise(prepared, length)).values()
    return not all(output.isfinite().any() for output in outputs)


def _selftest(prepared: PreparedModule, tolerance: float, length: int) -> SelfTest:
    model_input = prepared.input
    signal = _noise(prepared, length)
    weight = prepared.weight(signal)
    probes = []
    for name, output in prepared.run(signal).items():
        values = output.numpy()
        usable = np.isfinite(values)
        if weight is not None:
            usable &= np.broadcast_to(weight >= _LEAST_WEIGHT, values.shape)
        indices = np.flatnonzero(usable)
        if indices.size == 0:
            raise ExportError(f"output {name!r} is NaN or infinite everywhere for noise")
        # Spread over the whole output, the first and last usable value included.
        chosen = indices[np.unique(np.linspace(0, indices.size - 1, _PROBES).round().astype(int))]
        kept = {int(i): _as_written(values.flat[i]) for i in chosen}
        largest = _as_written(np.abs(values.flat[indices]).max())
        scale = 1.0 if prepared.measure == "circle" else largest
        probes.append(Probes(name, prepared.measure, scale, kept))
    if weight is not None:
        tolerance /= _LEAST_WEIGHT
    return SelfTest(
        signal.shape, _SEED, tolerance, tuple(probes), model_input.domain, model_input.dtype
    )


def _as_written(value: float) -> float:
    """The value that a reader of the file gets: nine digits, which are exact for float32."""
    return float(f"{value:.9g}")
