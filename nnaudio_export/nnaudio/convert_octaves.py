"""CQT2010, CQT2010v2 and VQT: nnAudio's octaves, as they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from nnaudio_export.blocks.filter_bank import FilterBank
from nnaudio_export.blocks.padding import CentrePad
from nnaudio_export.layers.framing import shortest_audio
from nnaudio_export.nnaudio.convert_constant_q import KERNELS, bank, gains
from nnaudio_export.nnaudio.legacy_cqt import LegacyCQT
from nnaudio_export.nnaudio.legacy_octaves import (
    Decimator,
    Octave,
    Octaves,
    SameFrames,
    StretchedFrames,
)
from nnaudio_export.nnaudio.source import Source


@dataclass(frozen=True)
class Plan:
    """Rates of the octaves.

    Attributes:
        octaves: number of octaves.
        factor: of the decimation before the top octave.
        hop_length: of the top octave, after that decimation.
    """

    octaves: int
    factor: int
    hop_length: int

    @property
    def hops(self) -> list[int]:
        """Hop of every octave, halved and rounded down from the top one."""
        return [self.hop_length >> octave for octave in range(self.octaves)]

    @property
    def divides(self) -> bool:
        """The hops are exact halves."""
        return self.hop_length % 2 ** (self.octaves - 1) == 0


def plan(source: Source) -> Plan:
    """The plan of nnAudio's layer: its own, or worked out from the arguments as nnAudio does."""
    if source.module is not None:
        return Plan(
            source.attribute("n_octaves"),
            int(source.attribute("downsample_factor")),
            source.attribute("hop_length"),
        )
    known = source.arguments
    per_octave, n_bins, hop = known["bins_per_octave"], known["n_bins"], known["hop_length"]
    octaves = math.ceil(n_bins / per_octave)
    if not known["earlydownsample"]:
        return Plan(octaves, 1, hop)
    in_top = n_bins % per_octave or per_octave
    highest = known["fmin"] * 2 ** (octaves - 1) * 2 ** ((in_top - 1) / per_octave)
    q = float(known["filter_scale"]) / (2 ** (1 / per_octave) - 1)
    cutoff = highest * (1 + 0.5 * 1.5 / q)
    by_band = max(0, math.ceil(math.log2(0.85 * (known["sr"] // 2) / cutoff)) - 2)
    by_hop = max(0, math.ceil(math.log2(hop)) - octaves + 1)
    factor = 2 ** min(by_band, by_hop)
    return Plan(octaves, factor, hop // factor)


def multirate(source: Source) -> LegacyCQT:
    """The layer with nnAudio's kernels, low-pass filters and gains."""
    rates = plan(source)
    known = {**source.needs("sr", "pad_mode", "n_bins"), **source.arguments, **source.call}
    name = source.layer
    known["hop_length"] = rates.hop_length * rates.factor
    _check(source, rates)
    weights = source.weights
    decimators: list[nn.Module] = [nn.Identity()]
    if rates.factor > 1:
        decimators = [Decimator(weights["early_downsample_filter"], rates.factor)]
    decimators += [Decimator(weights["lowpass_filter"], 2) for _ in rates.hops[1:]]
    banks = _banks(source, rates)
    widths = [_width(one) for one in banks]
    octaves = [
        Octave(decimator, CentrePad(width // 2, known["pad_mode"]), one)
        for decimator, width, one in zip(decimators, widths, banks, strict=True)
    ]
    per_octave = weights[KERNELS[0] if KERNELS[0] in weights else f"{KERNELS[0]}_0"].shape[0]
    spectral = name == "CQT2010"
    return LegacyCQT(
        name,
        known,
        Octaves(
            octaves,
            align=SameFrames() if rates.divides else StretchedFrames(),
            surplus=rates.octaves * per_octave - known["n_bins"],
        ),
        # CQT2010 forgets the gain of early downsampling.
        gains=gains(
            weights["lenghts"], widths[0] if spectral else 1, 1.0 if spectral else rates.factor
        ),
        conjugated=("Complex", "CosSin", "Phase") if spectral else (),
        trainable=not spectral and bool(known.get("trainable")),
        min_samples=_shortest(decimators, widths, known["pad_mode"]),
        hop_length=known["hop_length"],
        frame_offset=0,
    )


def faults(source: Source) -> list[str]:
    """What is wrong with the numbers of nnAudio's layer, in words."""
    rates, known, name = plan(source), source.arguments, source.layer
    found = []
    if rates.octaves > 1:
        found.append(
            "its low-pass filters have an even length, so that every octave lags half a sample "
            "of its rate behind the one above, and let through what aliases"
        )
    if rates.factor > 1:
        wrong = "small" if name == "CQT2010" else "large"
        found.append(
            f"early downsampling by {rates.factor} makes magnitudes sqrt({rates.factor}) times "
            f"too {wrong}"
        )
        if name == "VQT" and known.get("gamma"):
            found[-1] = (
                f"its kernels are made for the full rate but run after early downsampling by "
                f"{rates.factor}, so that they hear next to nothing"
            )
    if name == "CQT2010" and known["output_format"] != "Magnitude":
        found.append("its imaginary parts have the opposite sign of those of CQT1992v2")
    if not rates.divides:
        found.append("hops do not halve evenly, so octaves are stretched in time")
    if name == "VQT" and known["trainable"]:
        found.append("trainable=True made no parameters")
    ignored = {"window": "hann", "fmax": None}
    found += [
        f"{argument}={known[argument]!r} is without effect"
        for argument, default in ignored.items()
        if argument in source.given and known[argument] != default
    ]
    return found


def _check(source: Source, rates: Plan) -> None:
    bins = source.arguments["n_bins"]
    shapes: dict[str, tuple[int, ...] | None] = {"lowpass_filter": None, "lenghts": (bins,)}
    if rates.factor > 1:
        shapes["early_downsample_filter"] = None
    if source.layer == "VQT":
        shapes |= {f"{k}_{octave}": None for k in KERNELS for octave in range(rates.octaves)}
    else:
        shapes |= dict.fromkeys(KERNELS)
        if source.layer == "CQT2010":
            shapes |= {"wsin": None, "wcos": None}
    source.check_weights(shapes)
    if rates.hops[-1] < 1 or not (rates.divides or source.layer == "VQT"):
        needed = 2 ** (rates.octaves - 1) * rates.factor
        raise ValueError(
            f"hop_length={rates.hop_length * rates.factor}: nnAudio's {source.layer} of "
            f"{rates.octaves} octaves runs with multiples of {needed} only, so there are no "
            "numbers to reproduce; repair=True gives the right ones for any hop"
        )


def _banks(source: Source, rates: Plan) -> list[nn.Module]:
    """One bank per octave; all but VQT's share their weights."""
    if source.layer == "VQT":
        return [bank(source.octave(octave, KERNELS), hop) for octave, hop in enumerate(rates.hops)]
    banks = [bank(source, hop) for hop in rates.hops]
    for one in banks[1:]:
        _share(banks[0], one)
    return banks


def _share(first: nn.Module, other: nn.Module) -> None:
    """Makes the weights of two banks the same tensors."""
    for (_, a), (_, b) in zip(first.named_modules(), other.named_modules(), strict=True):
        for name in list(b._parameters):
            setattr(b, name, getattr(a, name))


def _width(one: nn.Module) -> int:
    filters = next(m for m in one.modules() if isinstance(m, FilterBank))
    return int(filters.kernel.shape[-1])


def _shortest(decimators: Sequence[nn.Module], widths: Sequence[int], pad_mode: str) -> int:
    """Fewest samples that every octave can pad; nnAudio pads shorter ones with zeros."""
    needed = 1
    for decimator, width in zip(reversed(decimators), reversed(widths), strict=True):
        needed = max(needed, shortest_audio(width, center=True, pad_mode=pad_mode))
        if isinstance(decimator, Decimator):
            needed = decimator.shortest(needed)
    return needed
