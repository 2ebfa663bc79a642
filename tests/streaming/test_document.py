"""The code in docs/format.md, as it stands there, gives what the layer gives."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
import torch

from nnaudio_export import ISTFT, STFT, MelSpectrogram, export_onnx

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import nn

ROOT = Path(__file__).parents[2]
SPEECH = ROOT / "examples/audio/speech_synthetic.flac"
# The figure, of the largest magnitude of the output.
TOLERANCE = 1e-5


class Resynthesis(torch.nn.Module):
    """Samples to samples, so that the graph has the input ``present``."""

    def __init__(self) -> None:
        super().__init__()
        self.stft = STFT(sr=16000, n_fft=512, hop_length=128, output_format="Complex")
        self.istft = ISTFT(sr=16000, n_fft=512, hop_length=128)

    def forward(self, audio: torch.Tensor) -> torch.Tensor:
        samples: torch.Tensor = self.istft(self.stft(audio))
        return samples


LAYERS: dict[str, nn.Module] = {
    "mel": MelSpectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=80),
    "constant": STFT(sr=16000, n_fft=512, hop_length=128, pad_mode="constant"),
    "not centred": STFT(sr=16000, n_fft=512, hop_length=128, center=False),
    "present": Resynthesis(),
}


def _code() -> str:
    """The only Python of the document."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/format.md").read_text(), re.S)
    return str(code)


@pytest.mark.parametrize("layer", LAYERS.values(), ids=list(LAYERS))
def test_the_documents_code_gives_the_offline_output(layer: nn.Module, tmp_path: Path) -> None:
    layer.eval()
    path = tmp_path / "stream.onnx"
    export_onnx(layer, path, streaming=True, chunk=0.024)
    audio: NDArray[Any] = soundfile.read(SPEECH, dtype="float32")[0][:12345]
    batch = np.stack([audio, audio[::-1]])
    names: dict[str, Any] = {"path": path, "audio": batch}
    exec(_code(), names)
    with torch.inference_mode():
        expected = layer(torch.from_numpy(batch)).numpy()
    assert names["features"].shape == expected.shape
    error = np.abs(names["features"] - expected).max() / np.abs(expected).max()
    assert error < TOLERANCE
