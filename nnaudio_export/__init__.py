"""Trainable spectrogram layers that leave Python: export with proven parity."""

from nnaudio_exporters import (
    ExportError,
    ExportResult,
    ParityError,
    ParityReport,
    export_onnx,
    export_torchscript,
)

from nnaudio_export.layers.griffin_lim import GriffinLim
from nnaudio_export.layers.inverse_mel import InverseMel
from nnaudio_export.layers.istft import ISTFT
from nnaudio_export.layers.mel import MelSpectrogram
from nnaudio_export.layers.mfcc import MFCC
from nnaudio_export.layers.stft import STFT

__version__ = "0.1.0"

__all__ = [
    "ISTFT",
    "MFCC",
    "STFT",
    "ExportError",
    "ExportResult",
    "GriffinLim",
    "InverseMel",
    "MelSpectrogram",
    "ParityError",
    "ParityReport",
    "export_onnx",
    "export_torchscript",
]
