"""ExecuTorch programs: through ``torch.export``, with XNNPACK."""

from nnaudio_exporters.formats.executorch.executorch_format import ExecuTorch, export_executorch

__all__ = ["ExecuTorch", "export_executorch"]
