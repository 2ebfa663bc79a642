"""nnAudio's module of this name."""

from nnaudio_export.layers.cqt1992 import CQT1992
from nnaudio_export.layers.cqt1992v2 import CQT, CQT1992v2
from nnaudio_export.layers.cqt2010 import CQT2010
from nnaudio_export.layers.cqt2010v2 import CQT2010v2
from nnaudio_export.layers.icqt import ICQT as iCQT  # noqa: N811 - nnAudio's name

__all__ = ["CQT", "CQT1992", "CQT2010", "CQT1992v2", "CQT2010v2", "iCQT"]
