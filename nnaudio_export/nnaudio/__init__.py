"""From nnAudio and nnAudio2 to our layers, with the same numbers.

Many files, because each of their layers is taken apart in its own way: ``convert_*`` makes a layer
of ours of one of theirs, ``legacy_*`` computes what ours do not, ``recover*`` finds arguments that
a checkpoint does not hold.
"""

from nnaudio_export.nnaudio.convert import convert_nnaudio, from_nnaudio

__all__ = ["convert_nnaudio", "from_nnaudio"]
