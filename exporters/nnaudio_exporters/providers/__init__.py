"""What execution providers of ONNX Runtime take, from tables that name their source.

One file each, listed in ``all_providers``; a ``provider`` is a table of operators with ``rules`` on
``nodes``, and ``check`` holds a file against it. Nothing here knows how files are made.
"""

from nnaudio_exporters.providers.all_providers import PROVIDERS
from nnaudio_exporters.providers.check import ProviderReport, Verdict, check_provider

__all__ = ["PROVIDERS", "ProviderReport", "Verdict", "check_provider"]
