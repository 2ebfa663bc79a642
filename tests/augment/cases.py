"""The augmentations, each so that it changes every item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import signals
import torch
from torch import Tensor

from nnaudio_export import augment
from nnaudio_export.augment import Augmentation


@dataclass(frozen=True)
class Case:
    """An augmentation that changes every item, and what it changes.

    Attributes:
        name: of the class.
        make: builds it; takes ``generator``.
        spectrogram: its input is a spectrogram, not audio.
    """

    name: str
    make: Callable[..., Augmentation]
    spectrogram: bool = False

    def example(self, items: int = 3) -> Tensor:
        """Equal items: what differs afterwards is chance."""
        one = torch.from_numpy(signals.noise(2400))
        return one.reshape(40, 60).repeat(items, 1, 1) if self.spectrogram else one.repeat(items, 1)


CASES = (
    Case("Gain", lambda **k: augment.Gain(gain_db=(-12, 3), p=1.0, **k)),
    Case("PolarityInversion", lambda **k: augment.PolarityInversion(**k)),
    Case("AddNoise", lambda **k: augment.AddNoise(p=1.0, **k)),
    Case("TimeShift", lambda **k: augment.TimeShift(max_shift=500, p=1.0, **k)),
    Case("TimeMasking", lambda **k: augment.TimeMasking(time_mask_param=30, **k), True),
    Case("FrequencyMasking", lambda **k: augment.FrequencyMasking(freq_mask_param=20, **k), True),
    Case("PitchShift", lambda **k: augment.PitchShift(p=1.0, n_fft=256, **k)),
    Case(
        "TimeStretch",
        lambda **k: augment.TimeStretch(p=1.0, n_fft=256, keep_length=True, **k),
    ),
)
