"""nnAudio's module of this name."""

from nnaudio_export.layers.cfp import CFP
from nnaudio_export.layers.cfp import CombinedFrequencyPeriodicity as Combined_Frequency_Periodicity

__all__ = ["CFP", "Combined_Frequency_Periodicity"]
