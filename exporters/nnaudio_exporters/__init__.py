"""Exporters: any ``nn.Module`` with a front end in it, to files that prove themselves.

A module goes one way: ``formats`` (the public functions) → ``pipeline`` → ``prepare`` (the module
made ready) → back through ``format``, the seam, to be converted → ``proof`` → ``transaction``, in
place. Imports point one way too::

    formats  →  pipeline  →  proof  →  prepare  →  errors
       ↓            ↓ format, result, transaction
    providers

``formats`` knows ``providers`` for what phones take; nothing else does.
"""

from nnaudio_contract import Described, LayerSpec, Lowerable

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.formats.executorch import export_executorch
from nnaudio_exporters.formats.onnx import export_onnx
from nnaudio_exporters.formats.ort import OrtResult, export_ort
from nnaudio_exporters.formats.torchscript import export_torchscript
from nnaudio_exporters.prepare.lowering import Lowered, LoweringPlan, lower
from nnaudio_exporters.proof.report import ParityError, ParityReport
from nnaudio_exporters.providers import PROVIDERS, ProviderReport, Verdict, check_provider
from nnaudio_exporters.result import ExportResult

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
