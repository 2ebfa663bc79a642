"""ONNX files: through PyTorch's exporter, tidied (``onnx_graph``), for a profile (``profiles``)."""

from nnaudio_exporters.formats.onnx.onnx_format import DEFAULT_OPSET, Onnx, export_onnx

__all__ = ["DEFAULT_OPSET", "Onnx", "export_onnx"]
