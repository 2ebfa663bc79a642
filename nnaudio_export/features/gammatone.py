"""nnAudio's module of this name."""

from nnaudio_export.layers.gammatonegram import Gammatonegram

__all__ = ["Gammatonegram"]
