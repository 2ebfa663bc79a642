"""Trains a keyword spotter in seconds, and writes mel and network as one file.

python examples/keyword_spotter/train.py FOLDER

The folder gets ``spotter.onnx`` (for phones: one second in, scores out), ``spotter.ort`` with the
operators that a reduced ONNX Runtime needs, and ``heard.wav`` with ``heard.txt``: a recording, and
where its keywords are. ``main.cpp`` listens to it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import soundfile
import torch
from sounds import LABELS, SR, recording, window
from torch import Tensor, nn

from nnaudio_export import MelSpectrogram, check_provider, export_onnx, export_ort

STEPS, BATCH = 250, 32


class Spotter(nn.Module):
    """Scores of the labels in a second of audio; their softmax is the probabilities.

    The loudness of the mel bands is compressed by roots: CoreML has no logarithm.

    Shape:
        - Input: ``(batch, samples)``.
        - Output: ``(batch, labels)``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mel = MelSpectrogram(
            sr=SR, n_fft=512, hop_length=160, n_mels=40, fmin=100, trainable_mel=True
        )
        self.net = nn.Sequential(
            nn.Conv1d(40, 32, 5, stride=2),
            nn.ReLU(),
            nn.Conv1d(32, 32, 5, stride=2),
            nn.ReLU(),
            nn.Conv1d(32, 32, 5, stride=2),
            nn.ReLU(),
        )
        self.head = nn.Linear(32, len(LABELS))

    def forward(self, audio: Tensor) -> Tensor:
        mel: Tensor = self.mel(audio)
        compressed = (mel.relu() + 1e-6).sqrt().sqrt()
        scores: Tensor = self.head(self.net(compressed).mean(-1))
        return scores


def train() -> Spotter:
    """A spotter that has heard some thousand windows."""
    torch.manual_seed(0)
    rng = np.random.default_rng(1)
    spotter = Spotter()
    optimiser = torch.optim.Adam(spotter.parameters(), lr=3e-3)
    for step in range(STEPS):
        labels = rng.integers(0, len(LABELS), BATCH)
        audio = torch.from_numpy(np.stack([window(int(label), rng) for label in labels]))
        loss = nn.functional.cross_entropy(spotter(audio), torch.from_numpy(labels))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 50 == 49:
            print(f"step {step + 1}: loss {loss.item():.3f}")
    return spotter.eval()


def main(folder: Path) -> None:
    """Trains and writes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "spotter.onnx"
    metadata = {"labels": ",".join(LABELS)}
    print(export_onnx(train(), path, num_samples=SR, profile="mobile", metadata=metadata))
    for provider in ("nnapi", "coreml"):
        print(check_provider(path, provider))
    print(export_ort(path))
    audio, truth = recording()
    soundfile.write(folder / "heard.wav", audio, SR)
    lines = (f"{time:.2f} {name}\n" for time, name in truth)
    (folder / "heard.txt").write_text("".join(lines))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
