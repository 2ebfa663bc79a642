"""What execution providers of ONNX Runtime take, from tables that name their source."""

from nnaudio_exporters.providers.check import PROVIDERS, ProviderReport, Verdict, check_provider

__all__ = ["PROVIDERS", "ProviderReport", "Verdict", "check_provider"]
