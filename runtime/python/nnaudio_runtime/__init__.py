"""Runs the audio front ends that nnaudio-export writes, without PyTorch.

Example:
    >>> import nnaudio_runtime
    >>> frontend = nnaudio_runtime.load("mel.onnx")        # doctest: +SKIP
    >>> features = frontend(audio)                         # doctest: +SKIP
"""

from nnaudio_runtime.cuda_operators import Fallback, cuda_fallbacks
from nnaudio_runtime.errors import AudioError, ModelFileError, ProviderError, SelfTestError
from nnaudio_runtime.frontend import Frontend
from nnaudio_runtime.loading import load
from nnaudio_runtime.metadata import Metadata
from nnaudio_runtime.pcm import from_pcm, to_pcm
from nnaudio_runtime.placement import PlacedNode, Placement
from nnaudio_runtime.selftest import Probes, SelfTest, generated_pcm, generated_signal

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
