"""The formats that modules are exported to."""

from __future__ import annotations

from collections.abc import Mapping

from nnaudio_exporters.format import Format
from nnaudio_exporters.formats.executorch import ExecuTorch
from nnaudio_exporters.formats.onnx import Onnx
from nnaudio_exporters.formats.torchscript import TorchScript

FORMATS: Mapping[str, type[Format]] = {one.name: one for one in (Onnx, TorchScript, ExecuTorch)}
"""Name → class, which knows the suffix; ``nnaudio_exporters.export_<name>`` writes it."""
