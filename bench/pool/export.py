"""Writes the front end that ``make bench-pool`` streams: log mels of 25 ms every 10 ms.

python -m bench.pool.export FILE CHUNK
"""

from __future__ import annotations

import sys

import torch
from torch import Tensor, nn

from nnaudio_export import MelSpectrogram, export_onnx


class LogMel(nn.Module):
    """Kaldi's filter bank features: 80 mels of 512 bins, their logarithm."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = MelSpectrogram(
            sr=16000,
            n_fft=512,
            win_length=400,
            hop_length=160,
            n_mels=80,
            center=False,
            htk=True,
            norm=None,
            fmin=20.0,
        )

    def forward(self, audio: Tensor) -> Tensor:
        """Audio ``(batch, samples)`` to ``(batch, 80, frames)``."""
        mel: Tensor = self.mel(audio)
        return torch.log(mel + 1e-10)


if __name__ == "__main__":
    export_onnx(LogMel().eval(), sys.argv[1], streaming=True, samples=int(sys.argv[2]))
