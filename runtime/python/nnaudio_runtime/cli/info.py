"""What a front end is, in one table."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from nnaudio_runtime.cli.playback import described
from nnaudio_runtime.engines.cuda_operators import cuda_fallbacks
from nnaudio_runtime.errors import ProviderError
from nnaudio_runtime.loading import file_kind

if TYPE_CHECKING:
    from pathlib import Path

    from nnaudio_runtime.frontend import Frontend


def describe(path: Path, frontend: Frontend) -> dict[str, Any]:
    """Everything that the file and its session tell, as plain values.

    Args:
        path: of the file.
        frontend: the loaded file.
    """
    result: dict[str, Any] = {
        "file": path,
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    info = frontend.info
    if info is not None:
        result |= {
            "layer": info.layer,
            "config": dict(info.config),
            "sample_rate": info.sample_rate,
            "hop_length": info.hop_length,
            "frame_offset": info.frame_offset,
            f"min_{info.length_axis}": info.min_length,
            f"max_{info.length_axis}": info.max_length,
            "min_batch": info.min_batch,
            "max_batch": info.max_batch,
            "proved_for": frontend.contract.proved_for(),
            "precision": info.precision,
            "parity": info.parity,
            "selftest": info.selftest is not None,
            "stream": described(info),
            "extra": dict(info.extra),
        }
    result |= {
        "input": f"{frontend.input_name} {frontend.contract.dtype} {frontend.contract}",
        "outputs": dict.fromkeys(frontend.output_names, "?"),
        "provider": frontend.provider,
        "nodes": _placement(frontend),
    }
    if info is not None:
        shapes = (f"({', '.join(axes)})" for axes in info.output_axes)
        result["outputs"] |= zip(frontend.output_names, shapes, strict=False)
    if file_kind(path) == "onnx":
        fallbacks = cuda_fallbacks(path)
        result["cuda_ready"] = not fallbacks
        result["cuda_fallbacks"] = [f"{f.node or '?'} ({f.op_type}): {f.reason}" for f in fallbacks]
    return result


def _placement(frontend: Frontend) -> dict[str, int] | str:
    try:
        return frontend.placement().counts()
    except ProviderError as error:  # an ONNX Runtime too old to tell
        return str(error)
