"""Trainable spectrogram layers that leave Python: export with proven parity."""

from nnaudio_exporters import (
    ExportError,
    ExportResult,
    ParityError,
    ParityReport,
    ProviderReport,
    check_provider,
    export_executorch,
    export_onnx,
    export_ort,
    export_torchscript,
    lower,
)

from nnaudio_export.layers.cfp import CFP, CombinedFrequencyPeriodicity
from nnaudio_export.layers.cqt1992 import CQT1992
from nnaudio_export.layers.cqt1992v2 import CQT, CQT1992v2
from nnaudio_export.layers.cqt2010 import CQT2010
from nnaudio_export.layers.cqt2010v2 import CQT2010v2
from nnaudio_export.layers.gammatonegram import Gammatonegram
from nnaudio_export.layers.griffin_lim import GriffinLim
from nnaudio_export.layers.icqt import ICQT
from nnaudio_export.layers.inverse_mel import InverseMel
from nnaudio_export.layers.istft import ISTFT
from nnaudio_export.layers.mel import MelSpectrogram
from nnaudio_export.layers.mfcc import MFCC
from nnaudio_export.layers.stft import STFT
from nnaudio_export.layers.vqt import VQT
from nnaudio_export.nnaudio import convert_nnaudio, from_nnaudio

__version__ = "0.1.0"

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
    "ExportError",
    "ExportResult",
    "Gammatonegram",
    "GriffinLim",
    "InverseMel",
    "MelSpectrogram",
    "ParityError",
    "ParityReport",
    "ProviderReport",
    "check_provider",
    "convert_nnaudio",
    "export_executorch",
    "export_onnx",
    "export_ort",
    "export_torchscript",
    "from_nnaudio",
    "lower",
]
