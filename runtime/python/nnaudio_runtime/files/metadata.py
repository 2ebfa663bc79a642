"""What a graph says about itself: flat string properties ``nnaudio.*``.

The same keys stand in ONNX ``metadata_props`` and, as one JSON object of strings, in the extra
file ``nnaudio.json`` of a TorchScript archive and in what the constant method ``nnaudio`` of an
ExecuTorch program returns. Every value is a plain string (``nnaudio.config`` alone is JSON, for
people and tools).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nnaudio_runtime.errors import ModelFileError
from nnaudio_runtime.files.domain import DOMAINS, Domain
from nnaudio_runtime.files.pcm import INPUT_DTYPES, InputDtype
from nnaudio_runtime.files.properties import PREFIX, whole_number
from nnaudio_runtime.files.selftest import SelfTest
from nnaudio_runtime.files.stream_spec import StreamSpec, time_axis

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1

Axes = tuple[str, ...]


@dataclass(frozen=True)
class Metadata:
    """The description of an exported front end.

    Attributes:
        layer: class name of the front end, e.g. ``"MelSpectrogram"``.
        config: the constructor's arguments.
        sample_rate: of the audio, in Hz; None where the module does not say.
        hop_length: samples from one frame to the next; None where there are no frames.
        frame_offset: sample at the centre of frame 0.
        min_length: shortest input along its length axis: ``samples``, or ``frames`` of an inverse.
        max_length: longest input that the file is proved for; None where there is no bound.
        min_batch: fewest signals in one run, where the batch axis is open.
        max_batch: most of them that the file is proved for; None where there is no bound.
        input_axes: one name or number per input axis, e.g. ``("batch", "samples")``.
        input_domain: which values the input takes, ``"any"`` or ``"non-negative"``.
        input_dtype: ``"float32"``, or ``"int16"`` for PCM that the graph itself scales.
        precision: in which the graph computes, ``"fp32"``, ``"fp16"`` or ``"bf16"``.
        output_axes: as ``input_axes``, one tuple per output.
        output_names: one per output, where the file itself has no names (TorchScript); ONNX has.
        weights_sha256: hash over the names, shapes and bytes of the exported weights.
        parity: the worst error measured at export, and with which versions.
        selftest: probes of the trained layer's own output, or None.
        streaming: how a streaming graph is fed; None for a graph of whole signals.
        extra: the exporter's ``metadata=`` argument.

    Example:
        >>> described = Metadata(layer="STFT", config={"n_fft": 512}, min_length=257)
        >>> described.to_properties()["nnaudio.min_samples"]
        '257'
        >>> Metadata.from_properties(described.to_properties()) == described
        True
    """

    layer: str
    config: Mapping[str, object] = field(default_factory=dict)
    sample_rate: int | None = None
    hop_length: int | None = None
    frame_offset: int | None = None
    min_length: int = 1
    max_length: int | None = None
    min_batch: int = 1
    max_batch: int | None = None
    input_axes: Axes = ("batch", "samples")
    input_domain: Domain = "any"
    input_dtype: InputDtype = "float32"
    precision: str = "fp32"
    output_axes: tuple[Axes, ...] = (("batch", "bins", "frames"),)
    output_names: tuple[str, ...] = ()
    weights_sha256: str = ""
    parity: str = ""
    selftest: SelfTest | None = None
    streaming: StreamSpec | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def length_axis(self) -> str:
        """Name of the input axis whose length varies: ``samples`` or ``frames``."""
        return "frames" if "frames" in self.input_axes else "samples"

    def to_properties(self) -> dict[str, str]:
        """The flat properties, in a fixed order; what is None or empty is left out."""
        values = {
            "format": FORMAT,
            "layer": self.layer,
            "config": json.dumps(dict(self.config), sort_keys=True),
            "sample_rate": self.sample_rate,
            "hop_length": self.hop_length,
            "frame_offset": self.frame_offset,
            f"min_{self.length_axis}": self.min_length,
            f"max_{self.length_axis}": self.max_length,
            "min_batch": None if self.min_batch == 1 else self.min_batch,
            "max_batch": self.max_batch,
            "input_axes": ",".join(self.input_axes),
            "input_domain": "" if self.input_domain == "any" else self.input_domain,
            "input_dtype": "" if self.input_dtype == "float32" else self.input_dtype,
            "precision": "" if self.precision == "fp32" else self.precision,
            "output_axes": ";".join(",".join(axes) for axes in self.output_axes),
            "output_names": ",".join(self.output_names),
            "weights_sha256": self.weights_sha256,
            "parity": self.parity,
            "selftest": self.selftest.format() if self.selftest else "",
            **(self.streaming.to_properties() if self.streaming else {}),
        }
        properties = {PREFIX + k: str(v) for k, v in values.items() if v is not None and v != ""}
        return properties | {key: self.extra[key] for key in sorted(self.extra)}

    @classmethod
    def from_properties(cls, properties: Mapping[str, str]) -> Metadata | None:
        """Reads the properties back; None where a graph has none of ours.

        Raises:
            ModelFileError: a property is malformed, or from a future format.
        """
        if PREFIX + "format" not in properties:
            return None
        ours = {k[len(PREFIX) :]: v for k, v in properties.items() if k.startswith(PREFIX)}
        if whole_number("format", ours["format"]) > FORMAT:
            raise ModelFileError(
                f"the graph has metadata format {ours['format']}, this runtime reads up to "
                f"{FORMAT}: update nnaudio-runtime"
            )
        input_axes = tuple(ours.get("input_axes", "batch,samples").split(","))
        length_axis = "frames" if "frames" in input_axes else "samples"
        try:
            config = json.loads(ours.get("config", "{}"))
        except (ValueError, RecursionError) as error:
            raise ModelFileError(f"nnaudio.config is no JSON: {error}") from None
        if not isinstance(config, dict):
            raise ModelFileError(f"nnaudio.config is no JSON object: {ours['config']!r}")
        min_length, max_length = _bounds(ours, length_axis)
        min_batch, max_batch = _bounds(ours, "batch")
        output_axes = ours.get("output_axes", "")
        described = cls(
            layer=ours.get("layer", ""),
            config=config,
            sample_rate=_optional_integer(ours, "sample_rate", at_least=1),
            hop_length=_optional_integer(ours, "hop_length", at_least=1),
            frame_offset=_optional_integer(ours, "frame_offset"),
            min_length=min_length,
            max_length=max_length,
            min_batch=min_batch,
            max_batch=max_batch,
            input_axes=input_axes,
            input_domain=_domain(ours.get("input_domain", "any")),
            input_dtype=_input_dtype(ours.get("input_dtype", "float32")),
            precision=ours.get("precision", "fp32"),
            output_axes=tuple(tuple(axes.split(",")) for axes in output_axes.split(";") if axes),
            output_names=tuple(name for name in ours.get("output_names", "").split(",") if name),
            weights_sha256=ours.get("weights_sha256", ""),
            parity=ours.get("parity", ""),
            selftest=SelfTest.parse(ours["selftest"]) if "selftest" in ours else None,
            streaming=StreamSpec.from_properties(ours),
            extra={k: v for k, v in properties.items() if not k.startswith(PREFIX)},
        )
        if described.streaming is not None:
            _check_time_axes(described.output_axes, output_axes)
        return described


def _bounds(properties: Mapping[str, str], of: str) -> tuple[int, int | None]:
    """The least and the most of something."""
    least = _optional_integer(properties, f"min_{of}", at_least=1) or 1
    most = _optional_integer(properties, f"max_{of}", at_least=1)
    if most is not None and most < least:
        raise ModelFileError(
            f"{PREFIX}max_{of} is {most}, it must be at least {PREFIX}min_{of}, {least}"
        )
    return least, most


def _check_time_axes(output_axes: tuple[Axes, ...], text: str) -> None:
    """Refuses a stream whose outputs do not say along which axis they go on."""
    if not output_axes:
        raise ModelFileError(f"the graph streams, but has no {PREFIX}output_axes")
    if any(time_axis(axes) is None for axes in output_axes):
        raise ModelFileError(
            f"{PREFIX}output_axes is {text[:40]!r}, it must have an axis 'frames' or 'samples' in "
            "every entry, since the graph streams"
        )


def _domain(value: str) -> Domain:
    for domain in DOMAINS:
        if value == domain:
            return domain
    raise ModelFileError(f"{PREFIX}input_domain is {value[:40]!r}, it must be one of {DOMAINS}")


def _input_dtype(value: str) -> InputDtype:
    for dtype in INPUT_DTYPES:
        if value == dtype:
            return dtype
    raise ModelFileError(f"{PREFIX}input_dtype is {value[:40]!r}, it must be one of {INPUT_DTYPES}")


def _optional_integer(
    properties: Mapping[str, str], key: str, at_least: int | None = None
) -> int | None:
    return whole_number(key, properties[key], at_least) if key in properties else None
