"""Trainable spectrogram layers that leave Python: export with proven parity.

A name is imported when it is asked for: who only trains loads neither exporters nor ONNX.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from nnaudio_export.layers import LAYERS

if TYPE_CHECKING:  # for editors and type checkers
    from nnaudio_exporters import ExportError as ExportError
    from nnaudio_exporters import ExportResult as ExportResult
    from nnaudio_exporters import FileProof as FileProof
    from nnaudio_exporters import ParityError as ParityError
    from nnaudio_exporters import ParityReport as ParityReport
    from nnaudio_exporters import ProviderReport as ProviderReport
    from nnaudio_exporters import SearchReport as SearchReport
    from nnaudio_exporters import check_provider as check_provider
    from nnaudio_exporters import export_executorch as export_executorch
    from nnaudio_exporters import export_onnx as export_onnx
    from nnaudio_exporters import export_ort as export_ort
    from nnaudio_exporters import export_torchscript as export_torchscript
    from nnaudio_exporters import lower as lower
    from nnaudio_exporters import prove as prove

    from nnaudio_export.layers import *  # noqa: F403
    from nnaudio_export.nnaudio import convert_nnaudio as convert_nnaudio
    from nnaudio_export.nnaudio import from_nnaudio as from_nnaudio

__version__ = "0.1.0"

_EXPORTERS = (
    "ExportError",
    "ExportResult",
    "FileProof",
    "ParityError",
    "ParityReport",
    "ProviderReport",
    "SearchReport",
    "check_provider",
    "export_executorch",
    "export_onnx",
    "export_ort",
    "export_torchscript",
    "lower",
    "prove",
)
_MODULES = {
    **{entry.name: f"nnaudio_export.layers.{entry.module}" for entry in LAYERS},
    **dict.fromkeys(_EXPORTERS, "nnaudio_exporters"),
    **dict.fromkeys(("convert_nnaudio", "from_nnaudio"), "nnaudio_export.nnaudio"),
}
__all__ = sorted(_MODULES)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_MODULES[name]), name)
    globals()[name] = found  # the next time it is here
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
