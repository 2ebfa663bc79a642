"""The providers that a file can be checked for."""

from __future__ import annotations

from collections.abc import Mapping

from nnaudio_exporters.providers.coreml import COREML
from nnaudio_exporters.providers.cuda import CUDA
from nnaudio_exporters.providers.nnapi import NNAPI
from nnaudio_exporters.providers.provider import Provider
from nnaudio_exporters.providers.webgpu import WEBGPU
from nnaudio_exporters.providers.xnnpack import XNNPACK

PROVIDERS: Mapping[str, Provider] = {
    one.name: one for one in (CUDA, COREML, NNAPI, XNNPACK, WEBGPU)
}
"""Name → table."""
