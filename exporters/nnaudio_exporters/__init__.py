"""Exporters: any ``nn.Module`` with a front end in it, to files that prove themselves."""

from nnaudio_exporters.errors import ExportError, ParityError
from nnaudio_exporters.executorch import export_executorch
from nnaudio_exporters.lowering import Lowerable, Lowered, LoweringPlan, lower
from nnaudio_exporters.onnx import export_onnx
from nnaudio_exporters.ort_format import OrtResult, export_ort
from nnaudio_exporters.parity import ParityReport
from nnaudio_exporters.pipeline import ExportResult
from nnaudio_exporters.providers import PROVIDERS, ProviderReport, Verdict, check_provider
from nnaudio_exporters.spec import Described, LayerSpec
from nnaudio_exporters.torchscript import export_torchscript

__all__ = [
    "PROVIDERS",
    "Described",
    "ExportError",
    "ExportResult",
    "LayerSpec",
    "Lowerable",
    "Lowered",
    "LoweringPlan",
    "OrtResult",
    "ParityError",
    "ParityReport",
    "ProviderReport",
    "Verdict",
    "check_provider",
    "export_executorch",
    "export_onnx",
    "export_ort",
    "export_torchscript",
    "lower",
]
