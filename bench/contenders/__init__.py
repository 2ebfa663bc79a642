"""Who takes part. Each module imports its libraries only when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.contenders import nnaudio2, onnxruntime_stft, ours, pytorch, with_librosa
from bench.contenders.contender import Contender

if TYPE_CHECKING:
    from bench.workloads import Workload

CONTENDERS: dict[str, Contender] = {
    contender.name: contender
    for contender in (
        ours.ONNX,
        ours.TORCHSCRIPT,
        ours.TEXTBOOK,
        ours.EAGER,
        pytorch.PYTORCH,
        pytorch.PYTORCH_SQUARES,
        with_librosa.LIBROSA,
        onnxruntime_stft.STFT_OP,
        nnaudio2.NNAUDIO2,
    )
}
OURS = ours.ONNX.name


def contenders_of(work: Workload) -> dict[str, Contender]:
    """Who does a work, by name."""
    return {name: c for name, c in CONTENDERS.items() if c.takes_part(work)}


__all__ = ["CONTENDERS", "OURS", "Contender", "contenders_of"]
