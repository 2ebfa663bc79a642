"""The length of a stream's chunks, as callers say it and as it comes out."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass

from nnaudio_contract import LayerSpec

_log = logging.getLogger("nnaudio_exporters")


@dataclass(frozen=True)
class ChunkLength:
    """How long a chunk is asked to be; one frame where nothing is given.

    Attributes:
        seconds: above 0, or None.
        samples: the same in samples (frames, where the input has frames), or None.
    """

    seconds: float | None
    samples: int | None

    def __post_init__(self) -> None:
        """Checks both.

        Raises:
            ValueError: both are given, or one is out of its range.
        """
        seconds, samples = self.seconds, self.samples
        if seconds is not None and samples is not None:
            raise ValueError(f"chunk={seconds!r} and samples={samples!r}: give one of them")
        if samples is not None and (
            isinstance(samples, bool) or not isinstance(samples, int) or samples < 1
        ):
            raise ValueError(f"samples={samples!r}: must be a whole number of at least 1")
        if seconds is not None and (
            isinstance(seconds, bool)
            or not isinstance(seconds, (int, float))
            or not 0 < seconds < math.inf
        ):
            raise ValueError(f"chunk={seconds!r}: must be a finite number of seconds above 0")

    def in_units(self, spec: LayerSpec, length_axis: str, hop: int) -> int:
        """The length in units of the input, rounded up to whole hops.

        Args:
            spec: of the front end, which knows how long its units are.
            length_axis: ``"samples"`` or ``"frames"``, the unit.
            hop: units from frame to frame.

        Raises:
            ValueError: seconds are given, and the front end's frames have no length in seconds.
        """
        wanted = float(hop)
        if self.samples is not None:
            wanted = self.samples
        elif self.seconds is not None:
            wanted = self.seconds * _units_per_second(spec, length_axis)
        # The small amount is for seconds that are themselves samples over rate.
        units = max(1, math.ceil(wanted / hop - 1e-9)) * hop
        if units != wanted:
            _log.info(
                "a chunk of %g %s becomes %d, a multiple of %d", wanted, length_axis, units, hop
            )
        return units


def chunk_length(streaming: bool, chunk: float | None, samples: int | None) -> ChunkLength | None:
    """The exporters' arguments as one; None without streaming.

    Raises:
        ValueError: a length without streaming, or one out of its range.
    """
    if streaming:
        return ChunkLength(chunk, samples)
    if chunk is not None or samples is not None:
        raise ValueError(
            f"chunk={chunk!r}, samples={samples!r}: the length of a chunk needs streaming=True"
        )
    return None


def _units_per_second(spec: LayerSpec, length_axis: str) -> float:
    if length_axis == "samples":
        return spec.sample_rate
    if spec.hop_length is None:
        raise ValueError(
            f"chunk: {spec.layer} does not know how long its frames are: give their number, "
            "samples=..."
        )
    return spec.sample_rate / spec.hop_length
