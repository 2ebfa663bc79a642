"""Audio as polyphase components, the channels of a split transform.

A transposition brings the samples of a piece into rows, and picking rows puts these in the order
of the channels: one transposition of all the digits would move number by number.
"""

import numpy as np
import torch
from nnaudio_contract import SelectRows
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.fast.split_dft.factorisation import Factorisation, channel_order


class Polyphase(nn.Module):
    """Splits audio into phases: ``(batch, 1, samples)`` → ``(batch, channels, pieces)``.

    A channel holds every ``channels``-th sample, in the order of
    :func:`~nnaudio_export.fast.split_dft.factorisation.channel_order`. Only whole frames are kept.
    """

    def __init__(self, factorisation: Factorisation, hop_length: int) -> None:
        super().__init__()
        self.n_fft = factorisation.n_fft
        self.hop_length = hop_length
        self.channels = factorisation.channels
        self.order = _picked(channel_order(factorisation).tolist())

    def forward(self, audio: Tensor) -> Tensor:
        batch = audio.shape[0]
        length = (audio.shape[2] - self.n_fft) // self.hop_length * self.hop_length + self.n_fft
        pieces = audio.narrow(2, 0, length).reshape(batch, -1, self.channels)
        phases: Tensor = self.order(pieces.transpose(1, 2))
        return phases


class PolyphaseInverse(nn.Module):
    """Undoes :class:`Polyphase`: ``(batch, channels, pieces)`` → ``(batch, 1, samples)``."""

    def __init__(self, factorisation: Factorisation) -> None:
        super().__init__()
        self.order = _picked(channel_order(factorisation).argsort().tolist())

    def forward(self, pieces: Tensor) -> Tensor:
        phases: Tensor = self.order(pieces)
        return phases.transpose(1, 2).reshape(pieces.shape[0], 1, -1)


class PolyphaseFrames(nn.Module):
    """Copies frames out: ``(batch, 1, samples)`` → ``(batch, channels * r0, frames)``.

    For hops that the channels do not divide. A frame is a few hop-sized blocks in a row, and the
    same block of all frames is a piece of the audio, with one row for each sample of a hop.
    """

    def __init__(self, factorisation: Factorisation, hop_length: int) -> None:
        super().__init__()
        self.n_fft = factorisation.n_fft
        self.hop_length = hop_length
        self.blocks = -(-self.n_fft // hop_length)
        self.missing = self.blocks * hop_length - self.n_fft
        taps = np.arange(factorisation.radices[0]) * factorisation.channels
        self.order = SelectRows((channel_order(factorisation)[:, None] + taps).reshape(-1).tolist())

    def forward(self, audio: Tensor) -> Tensor:
        batch = audio.shape[0]
        frames = (audio.shape[2] - self.n_fft) // self.hop_length + 1
        length = (frames - 1 + self.blocks) * self.hop_length
        whole = functional.pad(audio, [0, self.missing]).narrow(2, 0, length)
        phases = whole.reshape(batch, -1, self.hop_length).transpose(1, 2)
        rows = torch.cat([phases.narrow(2, block, frames) for block in range(self.blocks)], dim=1)
        channels: Tensor = self.order(rows)
        return channels


def _picked(rows: list[int]) -> nn.Module:
    return nn.Identity() if rows == sorted(rows) else SelectRows(rows)
