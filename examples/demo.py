"""The main job on real audio: train a front end, export it, prove it, run it without PyTorch.

1. Train a mel front end: its filters learn, together with a small network, to tell four
   recordings apart from a tenth of a second in noise.
2. Export the trained front end to ONNX and TorchScript, each proved against eager mode.
3. In a fresh process that never imports PyTorch: load the ONNX file, compute the features of a
   recording, save them, plot them, and let the file prove its own numbers.

Run it with ``make demo``. It writes into ``out/``.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import soundfile
import soxr
import torch
from rich.console import Console
from rich.progress import track
from torch import Tensor, nn

from nnaudio_export import MelSpectrogram, export_onnx, export_torchscript

AUDIO = Path(__file__).parent / "audio"
OUT = Path("out")
SR = 22050
CLASSES = ("ambi_piano", "guit_em9", "loop_tabla", "speech_synthetic")
CLIP = SR // 10
STEPS = 150

console = Console(highlight=False)


class LogMel(nn.Module):
    """Logarithm of a mel spectrogram, with a floor under silence."""

    def forward(self, mel: Tensor) -> Tensor:
        return torch.log(mel + 1e-6)


def recording(name: str) -> Tensor:
    """A shipped recording, mono at ``SR``, ``(samples,)``."""
    audio, sr = soundfile.read(AUDIO / f"{name}.flac", dtype="float32", always_2d=True)
    return torch.from_numpy(soxr.resample(audio.mean(axis=1), sr, SR))


def clips(recordings: list[Tensor], generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """A batch of noisy clips ``(batch, CLIP)`` and the number of the recording each is from."""
    labels = torch.randint(len(recordings), (32,), generator=generator)
    cut = []
    for label in labels.tolist():
        audio = recordings[label]
        start = int(torch.randint(audio.numel() - CLIP, (1,), generator=generator))
        cut.append(audio[start : start + CLIP])
    batch = torch.stack(cut)
    return batch + 0.02 * torch.randn(batch.shape, generator=generator), labels


def train() -> tuple[MelSpectrogram, nn.Module]:
    """Trains a front end and the network behind it; returns both."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    recordings = [recording(name) for name in CLASSES]
    mel = MelSpectrogram(
        sr=SR, n_fft=1024, hop_length=256, n_mels=80, trainable_mel=True, verbose=False
    )
    initial = mel.mel.matrix.detach().clone()
    network = nn.Sequential(
        LogMel(),
        nn.Conv1d(80, 32, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(32, len(CLASSES)),
    )
    model = nn.Sequential(mel, network)
    # A filter of unit area weighs about 0.01 a bin: it learns in steps of that size.
    groups: list[dict[str, Any]] = [
        {"params": mel.parameters(), "lr": 1e-5},
        {"params": network.parameters()},
    ]
    optimizer = torch.optim.Adam(groups, lr=2e-3)
    right = 0.0
    for _ in track(range(STEPS), "Training", console=console):
        audio, labels = clips(recordings, generator)
        scores = model(audio)
        loss = nn.functional.cross_entropy(scores, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            mel.mel.matrix.clamp_(min=0)  # a filter's weight is an energy
        right = 0.95 * right + 0.05 * float((scores.argmax(1) == labels).float().mean())
    moved = (mel.mel.matrix.detach() - initial).norm() / initial.norm()
    console.print(
        f"Accuracy on noisy clips of 0.1 s: {right:.0%}. The mel filters moved by "
        f"{float(moved):.0%} of their norm: they are learned now.\n"
    )
    return mel, model


def main() -> None:
    """Runs the three steps."""
    logging.basicConfig(format="%(message)s")
    OUT.mkdir(exist_ok=True)
    mel, model = train()
    for what, result in (
        ("The front end as ONNX", export_onnx(mel, OUT / "mel.onnx")),
        ("The front end as TorchScript", export_torchscript(mel, OUT / "mel.pt")),
        ("Front end and network in one ONNX file", export_onnx(model, OUT / "model.onnx")),
    ):
        console.rule(what, align="left")
        console.print(str(result), soft_wrap=True)
        console.print()
    console.rule("A fresh process without PyTorch", align="left")
    script = Path(__file__).with_name("run_exported.py")
    recording_path = AUDIO / "speech_synthetic.flac"
    subprocess.run([sys.executable, script, OUT / "mel.onnx", recording_path, OUT], check=True)


if __name__ == "__main__":
    main()
