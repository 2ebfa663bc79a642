"""From nnAudio and nnAudio2 to our layers, with the same numbers."""

from nnaudio_export.nnaudio.convert import convert_nnaudio, from_nnaudio

__all__ = ["convert_nnaudio", "from_nnaudio"]
