"""Runs the audio front ends that nnaudio-export writes, without PyTorch.

Example:
    >>> import nnaudio_runtime
    >>> frontend = nnaudio_runtime.load("mel.onnx")        # doctest: +SKIP
    >>> features = frontend(audio)                         # doctest: +SKIP
"""

from nnaudio_runtime.engines.cuda_operators import Fallback, cuda_fallbacks
from nnaudio_runtime.engines.placement import PlacedNode, Placement
from nnaudio_runtime.errors import AudioError, ModelFileError, ProviderError, SelfTestError
from nnaudio_runtime.files.metadata import Metadata
from nnaudio_runtime.files.pcm import from_pcm, to_pcm
from nnaudio_runtime.files.selftest import Probes, SelfTest, generated_pcm, generated_signal
from nnaudio_runtime.frontend import Frontend
from nnaudio_runtime.loading import load

__version__ = "0.1.0"

__all__ = [
    "AudioError",
    "Fallback",
    "Frontend",
    "Metadata",
    "ModelFileError",
    "PlacedNode",
    "Placement",
    "Probes",
    "ProviderError",
    "SelfTest",
    "SelfTestError",
    "cuda_fallbacks",
    "from_pcm",
    "generated_pcm",
    "generated_signal",
    "load",
    "to_pcm",
]
