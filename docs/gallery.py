"""Draws every transform of one recording and writes docs/gallery.md: ``make gallery``.

A new layer comes from the list in :mod:`nnaudio_export.layers`, drawn with its own defaults.
"""

from __future__ import annotations

import inspect
import io
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

import nnaudio_export
from nnaudio_export.layers import LAYERS
from nnaudio_export.layers.layer import Layer

FOLDER = Path(__file__).parent
RECORDING = FOLDER.parent / "examples" / "audio" / "guit_em9.flac"
RANGE_DB = 80.0

SR = {"sr": 22050}
FRAMES = {"n_fft": 2048, "hop_length": 512}
MEL = {**SR, "n_fft": 2048, "n_mels": 80}
# From the guitar's lowest E on, six octaves.
PITCHES = {**SR, "fmin": 82.41, "n_bins": 72}
# The highest bin asks for frames this close, else it cannot be inverted.
CLOSE = {**PITCHES, "hop_length": 32}
CFP = {"fs": 22050, "hop_length": 512}


@dataclass(frozen=True)
class Panel:
    """One layer with its arguments, and what makes its input.

    Attributes:
        layer: name in :mod:`nnaudio_export`.
        arguments: of its constructor.
        after: layers before it, name and arguments of each; the first takes the recording.
        power: the values are powers, not magnitudes.
    """

    layer: str
    arguments: Mapping[str, Any]
    after: Sequence[tuple[str, Mapping[str, Any]]] = ()
    power: bool = field(default=False, kw_only=True)


# Of the layers whose own defaults say little of this recording, and of the inverses.
_ARGUMENTS = (
    Panel("STFT", {**SR, **FRAMES, "output_format": "Magnitude"}),
    Panel("MelSpectrogram", {**MEL, "hop_length": 512}, power=True),
    Panel("MFCC", {**MEL, "hop_length": 512, "n_mfcc": 20}),
    Panel("Gammatonegram", {**SR, **FRAMES, "n_bins": 64}, power=True),
    Panel("CQT", PITCHES),
    Panel("CQT1992v2", {**PITCHES, "bins_per_octave": 36, "n_bins": 216}),
    Panel("CQT1992", PITCHES),
    Panel("CQT2010v2", PITCHES),
    Panel("CQT2010", PITCHES),
    Panel("VQT", {**PITCHES, "gamma": 10}),
    Panel("CFP", CFP),
    Panel("CombinedFrequencyPeriodicity", CFP),
    Panel("ISTFT", FRAMES, [("STFT", {**FRAMES, "output_format": "Complex"})]),
    Panel("ICQT", CLOSE, [("CQT", {**CLOSE, "output_format": "Complex"})]),
    Panel("GriffinLim", FRAMES, [("STFT", {**FRAMES, "output_format": "Magnitude"})]),
    Panel("InverseMel", MEL, [("MelSpectrogram", {**MEL, "hop_length": 512})]),
)
_KNOWN = {panel.layer: panel for panel in _ARGUMENTS}
PANELS = tuple(_KNOWN.get(entry.name, Panel(entry.name, {})) for entry in LAYERS if entry.gallery)


def build(name: str, arguments: Mapping[str, Any]) -> Layer:
    """The layer of this name."""
    layer = getattr(nnaudio_export, name)
    quiet = {"verbose": False} if "verbose" in inspect.signature(layer).parameters else {}
    return layer(**arguments, **quiet)


def run(panel: Panel, audio: Tensor) -> tuple[Layer, Tensor, dict[str, Tensor]]:
    """The layer, its input and its outputs by name."""
    x = audio
    for name, arguments in panel.after:
        x = build(name, arguments)(x)
    layer = build(panel.layer, panel.arguments)
    result = layer(x)
    outputs = result if isinstance(result, tuple) else (result,)
    names = (name for name, _ in layer.describe().outputs)
    return layer, x, dict(zip(names, outputs, strict=True))


def decibels(values: NDArray[np.float64], *, power: bool) -> NDArray[np.float64]:
    """Magnitudes or powers relative to the largest, in dB.

    Example:
        >>> decibels(np.array([0.0, 0.1, 1.0]), power=False)
        array([-80., -20.,   0.])
    """
    factor = 10.0 if power else 20.0
    floor = 10 ** (-RANGE_DB / factor)
    return factor * np.log10(np.maximum(values / (values.max() or 1.0), floor))


def draw(panel: Panel, layer: Layer, first: Tensor, audio: Tensor, rate: int) -> Figure:
    """The first output over time: a picture of bins, or samples over those of the recording."""
    figure = Figure(figsize=(8, 2.8), layout="constrained")
    axes = figure.subplots()
    values = first[0].numpy().astype(np.float64)
    spec = layer.describe()
    if spec.output_axes[-1] == "samples":
        for samples, style in ((audio[0].numpy(), "0.8"), (values, "C0")):
            axes.plot(np.arange(len(samples)) / rate, samples, style, linewidth=0.5)
        axes.set(xlabel="time in seconds", ylabel="audio; recording grey")
        axes.margins(x=0)
        return figure
    signed = bool(values.min() < 0)
    picture = values if signed else decibels(values, power=panel.power)
    frames = picture.shape[1]
    if spec.hop_length is None or spec.frame_offset is None:  # it knows frames, not their times
        left, right, label = -0.5, frames - 0.5, "frame"
    else:
        left, right = (
            (spec.frame_offset + (m - 0.5) * spec.hop_length) / rate for m in (0, frames)
        )
        label = "time in seconds"
    image = axes.imshow(
        picture,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(left, right, -0.5, len(picture) - 0.5),
    )
    axes.set(xlabel=label, ylabel=spec.output_axes[1])
    if (hertz := frequencies(layer)) is not None and len(hertz) == len(picture):
        ticks = np.linspace(0, len(hertz) - 1, 6).round().astype(int)
        axes.set_yticks(ticks, [f"{hertz[tick]:.0f}" for tick in ticks])
        axes.set_ylabel("Hz")
    figure.colorbar(image, ax=axes, label="value" if signed else "dB re maximum")
    return figure


def frequencies(layer: Layer) -> NDArray[np.float64] | None:
    """Centre frequencies of the bins in Hz, of a layer that knows them."""
    found = getattr(layer, "bins2freq", getattr(layer, "frequencies", None))
    return None if found is None else np.asarray(found, np.float64)


def save(figure: Figure, path: Path) -> None:
    """A PNG of 128 colours: a third of the size, and nobody sees the difference."""
    whole = io.BytesIO()
    figure.savefig(whole, format="png", dpi=90)
    picture = Image.open(whole).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    picture.save(path, optimize=True)


def shape(tensor: Tensor, names: Sequence[object] = ()) -> str:
    """A shape, with the names of its axes where they are known."""
    sizes = ", ".join(map(str, tensor.shape))
    known = ", ".join(map(str, names))
    return f"`({sizes})`" + (f" (`{known}`)" if known else "")


def call(name: str, arguments: Mapping[str, Any]) -> str:
    """The line of code that makes a layer, as ruff formats it.

    Example:
        >>> call("VQT", {"gamma": 0, "fmax": None, "window": "hann"})
        'VQT(gamma=0, fmax=None, window="hann")'
    """
    values = {
        key: json.dumps(value) if isinstance(value, str) else repr(value)
        for key, value in arguments.items()
    }
    return f"{name}({', '.join(f'{key}={value}' for key, value in values.items())})"


def section(panel: Panel, layer: Layer, x: Tensor, outputs: Mapping[str, Tensor]) -> str:
    """A layer's part of the page."""
    spec = layer.describe()
    chain = [call(*step) for step in panel.after] + [call(panel.layer, panel.arguments)]
    summary = " ".join((type(layer).__doc__ or "").split("\n\n")[0].split())
    summary = re.sub(r":\w+:(`[^`]+`)", r"\1", summary)
    results = "; ".join(
        f"{name} {shape(tensor, spec.output_axes)}" for name, tensor in outputs.items()
    )
    return "\n".join(
        [
            f"## {panel.layer}",
            "",
            summary,
            "",
            "```python",
            "\n".join(chain),
            "```",
            "",
            f"{spec.input_name} {shape(x, spec.input_axes)} → {results}",
            "",
            f"![{panel.layer}](gallery/{panel.layer}.png)",
            "",
        ]
    )


def main() -> None:
    """Writes the page and its pictures."""
    samples, rate = soundfile.read(RECORDING, dtype="float32")
    audio = torch.from_numpy(samples)[None]
    (FOLDER / "gallery").mkdir(exist_ok=True)
    sections = []
    for panel in PANELS:
        if not hasattr(nnaudio_export, panel.layer):
            print(f"{panel.layer}: not in this version, left out", file=sys.stderr)
            continue
        with torch.inference_mode():
            layer, x, outputs = run(panel, audio)
        first = next(iter(outputs.values()))
        save(draw(panel, layer, first, audio, rate), FOLDER / "gallery" / f"{panel.layer}.png")
        sections.append(section(panel, layer, x, outputs))
        print(f"{panel.layer}: {tuple(x.shape)} -> {[tuple(y.shape) for y in outputs.values()]}")
    page = (
        "# Gallery\n\n"
        f"Every transform of one recording: [{RECORDING.name}](../examples/audio), an electric "
        f"guitar chord, {len(samples)} samples at {rate} Hz. Written by `make gallery`.\n\n"
        "Magnitudes and powers are drawn in dB below the largest value. Where a layer has several "
        "outputs, the first is drawn; an inverse gets what the layer before it gives.\n\n"
    )
    (FOLDER / "gallery.md").write_text(page + "\n".join(sections), encoding="utf-8")


if __name__ == "__main__":
    main()
