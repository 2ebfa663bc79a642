"""A split transform on the frames of many streams at once.

A chunk has few frames, and a matrix product of few columns takes nearly as long as one of many. So
the frames of all signals are put one behind the other, as those of one signal, through transform,
head and filters, and dealt out to the signals again at the end.
"""

import torch
from torch import Tensor, nn

from nnaudio_export.blocks.factorised_bank import FactorisedBank


class OnFrames(nn.Module):
    """``(batch, 1, samples of a chunk's frames)`` → ``(1, 2 * rows, batch * frames)``.

    Args:
        bank: of the offline layer.
        frames: of a chunk.
    """

    def __init__(self, bank: FactorisedBank, frames: int) -> None:
        super().__init__()
        self.bank = bank.on_frames()
        self.starts = [frame * bank.hop_length for frame in range(frames)]
        self.n_fft = bank.n_fft

    def forward(self, audio: Tensor) -> Tensor:
        frames = torch.cat([audio.narrow(2, start, self.n_fft) for start in self.starts], dim=1)
        spectrum: Tensor = self.bank(frames.reshape(1, 1, -1))
        return spectrum


class DealtOut(nn.Module):
    """``(1, bins, batch * frames[, 2])`` → ``(batch, bins, frames[, 2])``.

    Args:
        frames: of a chunk.
        axes: of the output, with the batch.
    """

    def __init__(self, frames: int, axes: int) -> None:
        super().__init__()
        self.frames = frames
        self.order = [1, 0, *range(2, axes)]
        self.pair = [2] if axes == 4 else []

    def forward(self, values: Tensor) -> Tensor:
        bins = values.shape[1]
        return values.reshape([bins, -1, self.frames, *self.pair]).permute(self.order)
