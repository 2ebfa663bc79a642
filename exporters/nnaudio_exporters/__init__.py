"""Exporters: any ``nn.Module`` with a front end in it, to files that prove themselves."""

from nnaudio_contract import Described, LayerSpec, Lowerable

from nnaudio_exporters.errors import ExportError, ParityError
from nnaudio_exporters.formats.executorch import export_executorch
from nnaudio_exporters.formats.onnx import export_onnx
from nnaudio_exporters.formats.ort import OrtResult, export_ort
from nnaudio_exporters.formats.torchscript import export_torchscript
from nnaudio_exporters.pipeline import ExportResult
from nnaudio_exporters.prepare.lowering import Lowered, LoweringPlan, lower
from nnaudio_exporters.proof.parity import ParityReport
from nnaudio_exporters.providers import PROVIDERS, ProviderReport, Verdict, check_provider

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
