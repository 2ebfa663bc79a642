"""Writes what the C++ tests compare with: exported graphs, inputs and eager outputs.

python tests/cpp/golden.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from nnaudio_runtime import from_pcm, generated_pcm, generated_signal
from numpy.typing import NDArray
from torch import Tensor, nn

from nnaudio_export import (
    CQT,
    ISTFT,
    MFCC,
    STFT,
    InverseMel,
    MelSpectrogram,
    export_onnx,
)


class Two(nn.Module):
    """A model with two outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = MelSpectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=40)

    def forward(self, audio: Tensor) -> tuple[Tensor, Tensor]:
        mel = self.mel(audio)
        return mel, torch.log(mel + 1e-6)


def mel() -> nn.Module:
    return MelSpectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=80)


def write(folder: Path) -> None:
    audio = generated_signal((2, 8000), seed=3)
    magnitudes = np.abs(generated_signal((2, 40, 12), seed=4))
    spectrogram = generated_signal((2, 129, 20, 2), seed=5)
    cases: list[tuple[str, nn.Module, NDArray[np.float32], bool]] = [
        ("stft", STFT(n_fft=512, hop_length=128, output_format="Complex"), audio, False),
        ("mel", mel(), audio, False),
        ("mfcc", MFCC(sr=16000, n_mfcc=20, n_fft=512, hop_length=160, n_mels=40), audio, False),
        ("cqt", CQT(sr=16000, hop_length=256, fmin=220, n_bins=36), audio, False),
        ("istft", ISTFT(n_fft=256, hop_length=64), spectrogram, False),
        ("inverse_mel", InverseMel(sr=16000, n_fft=256, n_mels=40), magnitudes, False),
        ("two", Two(), audio, False),
        ("mel_stream", mel(), audio, True),
        ("istft_stream", ISTFT(n_fft=256, hop_length=64), spectrogram, True),
    ]
    for name, layer, signal, streaming in cases:
        layer.eval()
        export_onnx(layer, folder / f"{name}.onnx", streaming=streaming)
        with torch.inference_mode():
            result = layer(torch.from_numpy(signal))
        outputs = result if isinstance(result, tuple) else (result,)
        np.save(folder / f"{name}.input.npy", signal)
        for index, output in enumerate(outputs):
            np.save(folder / f"{name}.{index}.npy", np.ascontiguousarray(output.numpy()))
    # 16-bit PCM: the input is the generator's.
    pcm = from_pcm(generated_pcm((2, 8000), seed=3))
    for name, streaming in (("pcm", False), ("pcm_stream", True)):
        layer = mel().eval()
        export_onnx(layer, folder / f"{name}.onnx", streaming=streaming, input_dtype="int16")
        with torch.inference_mode():
            np.save(folder / f"{name}.0.npy", layer(torch.from_numpy(pcm)).numpy())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
