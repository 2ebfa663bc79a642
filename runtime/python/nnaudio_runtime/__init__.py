"""Runs the audio front ends that nnaudio-export writes, without PyTorch.

Example:
    >>> import nnaudio_runtime
    >>> frontend = nnaudio_runtime.load("mel.onnx")        # doctest: +SKIP
    >>> features = frontend(audio)                         # doctest: +SKIP

Each part imports only parts behind it: ``cli``, ``loading``, ``frontend``, ``streams``,
``engines``, ``files``, and ``extras``, ``quiet``, ``tables`` and ``errors``, which import none.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

# NumPy takes longer to import than a command to print its help, so names are looked up when used.
_HOMES = {
    "engines.cuda_operators": ("Fallback", "cuda_fallbacks"),
    "engines.placement": ("PlacedNode", "Placement"),
    "errors": ("AudioError", "ModelFileError", "ProviderError", "SelfTestError"),
    "files.metadata": ("Metadata",),
    "files.pcm": ("from_pcm", "to_pcm"),
    "files.selftest": ("Probes", "SelfTest", "generated_pcm", "generated_signal"),
    "frontend": ("Frontend",),
    "loading": ("load",),
}

if not TYPE_CHECKING:  # for type checkers a name that is not above is an error

    def __getattr__(name: str) -> object:
        """Imports a public name when it is first used."""
        for home, names in _HOMES.items():
            if name in names:
                value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
                globals()[name] = value
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        """The public names, looked up or not."""
        return sorted({*globals(), *__all__})
