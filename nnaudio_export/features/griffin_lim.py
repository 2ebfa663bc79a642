"""nnAudio's module of this name."""

from nnaudio_export.layers.griffin_lim import GriffinLim as Griffin_Lim

__all__ = ["Griffin_Lim"]
