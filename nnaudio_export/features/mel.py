"""nnAudio's module of this name."""

from nnaudio_export.layers.mel import MelSpectrogram
from nnaudio_export.layers.mfcc import MFCC

__all__ = ["MFCC", "MelSpectrogram"]
