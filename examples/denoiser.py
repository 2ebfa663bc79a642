"""A denoiser as it ships: STFT, a small trained mask network and ISTFT in one streaming graph.

1. Train a network that hears a noisy spectrum and says how much of each bin is speech.
2. Export the whole as a stream: 16 ms in, 16 ms out, its state an input and an output of the graph.
3. Run it as a phone would, block by block and without PyTorch, on speech in noise that it has not
   heard; show that the stream is the offline output, how much cleaner it is, and how late.

Run it with ``make denoiser``. It writes into ``out/``.
"""

from __future__ import annotations

from pathlib import Path

import nnaudio_runtime
import numpy as np
import soundfile
import soxr
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from torch import Tensor, nn

from nnaudio_export import ISTFT, STFT, export_onnx

AUDIO = Path(__file__).parent / "audio"
OUT = Path("out")
SR, N_FFT, HOP = 16000, 512, 128
STEPS = 300
CHUNK = 0.016  # seconds
NOISE_DB = -3.0  # noise against speech

console = Console(highlight=False)


class Denoiser(nn.Module):
    """Multiplies every bin of a spectrum by how much of it is wanted, frame by frame.

    Shape:
        - Input: ``(batch, samples)``.
        - Output: ``(batch, samples)``, whole hops.
    """

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        bins = N_FFT // 2 + 1
        self.stft = STFT(sr=SR, n_fft=N_FFT, hop_length=HOP, output_format="Complex")
        self.istft = ISTFT(sr=SR, n_fft=N_FFT, hop_length=HOP)
        # Convolutions over one frame: the network works frame by frame, so that it can stream.
        self.mask = nn.Sequential(
            nn.Conv1d(bins, width, 1),
            nn.ReLU(),
            nn.Conv1d(width, width, 1),
            nn.ReLU(),
            nn.Conv1d(width, bins, 1),
            nn.Sigmoid(),
        )

    def forward(self, audio: Tensor) -> Tensor:
        """Noisy audio → cleaner audio."""
        spectrum = self.stft(audio)
        power = spectrum.square().sum(-1)
        mask: Tensor = self.mask(torch.log(power + 1e-4))
        denoised: Tensor = self.istft(spectrum * mask.unsqueeze(-1))
        return denoised


def speech() -> Tensor:
    """The shipped sentences at ``SR``, ``(samples,)``."""
    audio, rate = soundfile.read(AUDIO / "speech_synthetic.flac", dtype="float32")
    return torch.from_numpy(soxr.resample(audio, rate, SR))


def noisy(clean: Tensor, generator: torch.Generator) -> Tensor:
    """Speech with white noise, ``NOISE_DB`` against it."""
    noise = torch.randn(clean.shape, generator=generator)
    return clean + noise * clean.std() * 10 ** (NOISE_DB / 20)


def snr(clean: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    """Signal-to-noise ratio in dB, on the samples that both have."""
    n = min(len(clean), len(found))
    error = np.square(found[:n] - clean[:n]).sum()
    return float(10 * np.log10(np.square(clean[:n]).sum() / error))


def train(clean: Tensor) -> Denoiser:
    """A denoiser that has learned on pieces of the recording."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(1)
    model = Denoiser()
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in track(range(STEPS), "training", console=console):
        starts = torch.randint(len(clean) - SR, (8,), generator=generator).tolist()
        target = torch.stack([clean[start : start + SR] for start in starts])
        found = model(noisy(target, generator))
        loss = (found - target[:, : found.shape[1]]).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model.eval()


def main() -> None:
    """Trains, exports, streams and compares."""
    OUT.mkdir(exist_ok=True)
    clean = speech()
    # The first two thirds are learned, the rest is heard for the first time.
    split = 2 * len(clean) // 3
    model = train(clean[:split])
    unheard = clean[split:]
    audio = noisy(unheard, torch.Generator().manual_seed(2))

    result = export_onnx(model, OUT / "denoiser_stream.onnx", streaming=True, chunk=CHUNK)
    console.print(str(result))

    frontend = nnaudio_runtime.load(OUT / "denoiser_stream.onnx", providers="cpu")
    # A microphone's 10 ms, whatever the graph's own chunk is.
    blocks = audio.split(SR // 100)
    with frontend.stream() as stream:
        pieces = [stream.push(block.numpy()) for block in blocks]
        pieces.append(stream.flush())
    streamed = np.concatenate(pieces, axis=-1)[0]

    with torch.inference_mode():
        offline = model(audio[None])[0].numpy()
    error = np.abs(streamed - offline).max() / np.abs(offline).max()
    assert frontend.info is not None
    assert frontend.info.streaming is not None
    latency = frontend.info.streaming.latency
    console.print(
        f"stream against offline: {error:.1e} of the maximum\n"
        f"algorithmic latency: {latency} samples, {1e3 * latency / SR:.0f} ms\n"
        f"SNR {snr(unheard.numpy(), audio.numpy()):.1f} dB -> "
        f"{snr(unheard.numpy(), streamed):.1f} dB"
    )
    soundfile.write(OUT / "noisy.wav", audio.numpy(), SR)
    soundfile.write(OUT / "denoised.wav", streamed, SR)
    console.print(f"{OUT}/noisy.wav, {OUT}/denoised.wav: listen")


if __name__ == "__main__":
    main()
