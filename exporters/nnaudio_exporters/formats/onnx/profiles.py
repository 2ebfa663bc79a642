"""Profiles: what a graph is written for, beside ONNX Runtime on a computer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nnaudio_exporters.prepare.options import Options

if TYPE_CHECKING:
    from onnx import ModelProto


@dataclass(frozen=True)
class Profile:
    """A kind of machine, and what its graphs must be.

    Attributes:
        name: as :func:`export_onnx` takes it.
        fixed_shapes: why it takes no open axes; empty where it does.
        full_precision: why it takes float32 only; empty where it takes half precision.
        rewrite: a graph → the graph that the machine takes.
    """

    name: str
    fixed_shapes: str = ""
    full_precision: str = ""
    rewrite: Callable[[ModelProto], ModelProto] = lambda model: model

    def check(self, options: Options) -> Options:
        """The options as the profile takes them.

        Raises:
            ValueError: it cannot have them.
        """
        if self.full_precision and options.precision != "fp32":
            raise ValueError(
                f"precision={options.precision!r} with profile={self.name!r}: "
                f"{self.full_precision}; use 'fp32'"
            )
        if not self.fixed_shapes:
            return options
        if options.num_samples is None and not options.streaming:
            raise ValueError(f"profile={self.name!r} needs num_samples: {self.fixed_shapes}")
        return replace(options, dynamic=False)


def _for_phones(model: ModelProto) -> ModelProto:
    # Both import onnx.
    from nnaudio_exporters.formats.onnx.mobile import for_phones
    from nnaudio_exporters.formats.onnx.onnx_graph import compacted

    return compacted(for_phones(model))


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("general"),
        Profile(
            "mobile",
            fixed_shapes="phones take fixed shapes",
            full_precision="a phone's accelerator rounds by itself",
            rewrite=_for_phones,
        ),
    )
}


def check_profile(profile: str) -> Profile:
    """The profile by its name.

    Raises:
        ValueError: there is no such profile.
    """
    if profile not in PROFILES:
        raise ValueError(f"profile={profile!r}: must be one of {', '.join(PROFILES)}")
    return PROFILES[profile]
