"""Draws features over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nnaudio_runtime.cli.output import replacing
from nnaudio_runtime.errors import AudioError
from nnaudio_runtime.extras import require

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from nnaudio_runtime.files.metadata import Metadata
    from nnaudio_runtime.frontend import Frontend

_RANGE_DB = 80.0


def save_plot(
    path: Path, frontend: Frontend, features: Mapping[str, NDArray[Any]], title: str
) -> None:
    """Draws the first batch item of every output, one under the other.

    Args:
        path: of the PNG.
        frontend: where the features come from.
        features: output name -> ``(batch, bins, frames)``, or ``(batch, bins, frames, 2)`` for
            real and imaginary parts, whose magnitude is drawn.
        title: of the drawing.

    Raises:
        AudioError: an output has no bins and frames to draw.
        ImportError: matplotlib is missing; the message names the extra.
    """
    require("matplotlib", "cli").use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4 * len(features)), layout="constrained")
    panels = figure.subplots(len(features), squeeze=False)[:, 0]
    for index, (panel, (name, values)) in enumerate(zip(panels, features.items(), strict=True)):
        picture, unit = _picture(name, values, frontend.info)
        left, right, time_label = _time_axis(frontend, picture.shape[1])
        extent = (left, right, -0.5, picture.shape[0] - 0.5)
        image = panel.imshow(
            picture, origin="lower", aspect="auto", interpolation="nearest", extent=extent
        )
        panel.set(title=f"{title}: {name}", xlabel=time_label, ylabel=_bins(frontend.info, index))
        panel.yaxis.get_major_locator().set_params(integer=True)
        figure.colorbar(image, ax=panel, label=unit)
    with replacing(path) as beside:
        figure.savefig(beside, format="png", dpi=120)


def _picture(
    name: str, values: NDArray[Any], info: Metadata | None
) -> tuple[NDArray[np.float64], str]:
    """The values to draw, ``(bins, frames)``, and their unit."""
    if values.ndim == 4 and values.shape[-1] == 2:
        values = np.hypot(values[..., 0], values[..., 1])
    if values.ndim != 3:
        raise AudioError(
            f"output {name!r} has shape {values.shape}, a plot needs (batch, bins, frames)"
        )
    picture = values[0].astype(np.float64)
    if picture.min() < 0 or picture.max() == 0:  # decibels, coefficients, phases, or silence
        return picture, "value"
    # Powers take 10 log10, magnitudes 20; a layer with a power says which it gives.
    power = info.config.get("power") if info else None
    factor = 20.0 / (power if isinstance(power, (int, float)) and power > 0 else 1.0)
    floor = 10.0 ** (-_RANGE_DB / factor)
    return factor * np.log10(np.maximum(picture / picture.max(), floor)), "dB re maximum"


def _time_axis(frontend: Frontend, frames: int) -> tuple[float, float, str]:
    """Left and right end of the picture, half a frame beyond the outer centres, and the label."""
    info = frontend.info
    if info is None or info.sample_rate is None or info.hop_length is None:
        return -0.5, frames - 0.5, "frame"
    times = frontend.frame_times(frames)
    half = info.hop_length / info.sample_rate / 2
    return float(times[0] - half), float(times[-1] + half), "time in seconds"


def _bins(info: Metadata | None, index: int) -> str:
    axes = info.output_axes[index] if info and index < len(info.output_axes) else ()
    name = axes[1] if len(axes) > 1 else "bins"
    return "bins" if name.isdecimal() else name
