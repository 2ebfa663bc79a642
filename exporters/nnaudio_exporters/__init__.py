"""Exporters: any ``nn.Module`` with a front end in it, to files that prove themselves.

One export enters each room once. A public function in ``formats`` hands its format to
``pipeline.export``. That asks the format what it cannot do, has ``prepare`` make the module ready,
has the format convert it, has ``proof`` compare the two, and moves the draft into place
(``transaction``). Imports point one way::

    formats ─► pipeline ─► proof ─► prepare ─► errors
       │           └─► format (the seam), result, transaction
       └─► providers file_proof: a file that is there already, by the same proof
"""

from nnaudio_contract import Described, LayerSpec, Lowerable

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.file_proof import FileProof, prove
from nnaudio_exporters.formats.executorch import export_executorch
from nnaudio_exporters.formats.onnx import export_onnx
from nnaudio_exporters.formats.ort import OrtResult, export_ort
from nnaudio_exporters.formats.torchscript import export_torchscript
from nnaudio_exporters.prepare.lowering import Lowered, lower
from nnaudio_exporters.prepare.lowering_plan import LoweringPlan
from nnaudio_exporters.proof.report import ParityError, ParityReport
from nnaudio_exporters.proof.search.seeking import SearchReport
from nnaudio_exporters.providers import PROVIDERS, ProviderReport, Verdict, check_provider
from nnaudio_exporters.result import ExportResult

__all__ = [
    "PROVIDERS",
    "Described",
    "ExportError",
    "ExportResult",
    "FileProof",
    "LayerSpec",
    "Lowerable",
    "Lowered",
    "LoweringPlan",
    "OrtResult",
    "ParityError",
    "ParityReport",
    "ProviderReport",
    "SearchReport",
    "Verdict",
    "check_provider",
    "export_executorch",
    "export_onnx",
    "export_ort",
    "export_torchscript",
    "lower",
    "prove",
]
