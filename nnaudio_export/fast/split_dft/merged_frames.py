"""A split transform on the frames of many streams at once.

A chunk has few frames, and a matrix product of few columns takes nearly as long as one of many. So
the frames of all signals are put one behind the other, as those of one signal, through transform,
head and filters, and given back to their signals at the end.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class MergedFrames(nn.Module):
    """``(batch, 1, samples of a chunk's frames)`` → ``(1, 2 * rows, batch * frames)``.

    Args:
        bank: a transform of frames that lie one behind the other, each in full.
        starts: of the frames of a chunk.
        n_fft: samples of a frame.
    """

    def __init__(self, bank: nn.Module, starts: Sequence[int], n_fft: int) -> None:
        super().__init__()
        self.bank = bank
        self.starts = list(starts)
        self.n_fft = n_fft

    def forward(self, audio: Tensor) -> Tensor:
        frames = torch.cat([audio.narrow(2, start, self.n_fft) for start in self.starts], dim=1)
        spectrum: Tensor = self.bank(frames.reshape(1, 1, -1))
        return spectrum
