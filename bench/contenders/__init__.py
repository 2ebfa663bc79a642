"""Who takes part. Each module imports its libraries only when it is used."""

from bench.contenders import nnaudio2, onnxruntime_stft, ours, pytorch, with_librosa
from bench.contenders.contender import Contender

CONTENDERS: dict[str, Contender] = {
    contender.name: contender
    for contender in (
        ours.ONNX,
        ours.TORCHSCRIPT,
        ours.EAGER,
        pytorch.PYTORCH,
        pytorch.PYTORCH_SQUARES,
        with_librosa.LIBROSA,
        onnxruntime_stft.STFT_OP,
        nnaudio2.NNAUDIO2,
    )
}
REFERENCE = pytorch.PYTORCH.name
OURS = ours.ONNX.name

__all__ = ["CONTENDERS", "OURS", "REFERENCE", "Contender"]
