"""The layers under nnAudio's own spellings, so that changing the import line is a migration.

Example:
    >>> from nnaudio_export import features
    >>> features.iSTFT is features.ISTFT
    True
"""

from nnaudio_export.layers.cfp import CFP, CombinedFrequencyPeriodicity
from nnaudio_export.layers.cfp import CombinedFrequencyPeriodicity as Combined_Frequency_Periodicity
from nnaudio_export.layers.cqt1992 import CQT1992
from nnaudio_export.layers.cqt1992v2 import CQT, CQT1992v2
from nnaudio_export.layers.cqt2010 import CQT2010
from nnaudio_export.layers.cqt2010v2 import CQT2010v2
from nnaudio_export.layers.gammatonegram import Gammatonegram
from nnaudio_export.layers.griffin_lim import GriffinLim
from nnaudio_export.layers.griffin_lim import GriffinLim as Griffin_Lim
from nnaudio_export.layers.icqt import ICQT
from nnaudio_export.layers.icqt import ICQT as iCQT  # noqa: N811 - nnAudio's name
from nnaudio_export.layers.inverse_mel import InverseMel
from nnaudio_export.layers.istft import ISTFT
from nnaudio_export.layers.istft import ISTFT as iSTFT  # noqa: N811 - nnAudio's name
from nnaudio_export.layers.mel import MelSpectrogram
from nnaudio_export.layers.mfcc import MFCC
from nnaudio_export.layers.stft import STFT
from nnaudio_export.layers.vqt import VQT

__all__ = [
    "CFP",
    "CQT",
    "CQT1992",
    "CQT2010",
    "ICQT",
    "ISTFT",
    "MFCC",
    "STFT",
    "VQT",
    "CQT1992v2",
    "CQT2010v2",
    "CombinedFrequencyPeriodicity",
    "Combined_Frequency_Periodicity",
    "Gammatonegram",
    "GriffinLim",
    "Griffin_Lim",
    "InverseMel",
    "MelSpectrogram",
    "iCQT",
    "iSTFT",
]
