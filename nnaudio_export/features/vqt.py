"""nnAudio's module of this name."""

from nnaudio_export.layers.vqt import VQT

__all__ = ["VQT"]
