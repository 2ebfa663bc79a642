"""How audio comes into the channels of a split transform."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.kernels.factorised import Factorisation


class Dealing(nn.Module):
    """Deals the audio out to the channels: ``(batch, 1, samples)`` → ``(batch, channels, pieces)``.

    Only whole frames are kept.
    """

    def __init__(self, factorisation: Factorisation, hop_length: int) -> None:
        super().__init__()
        self.n_fft = factorisation.n_fft
        self.hop_length = hop_length
        self.channels = factorisation.channels
        # The channels' digits, slow to fast; their order is reversed in a second step, since a
        # transposition of whole rows is a plain copy.
        self.digits = list(factorisation.radices[1:])
        self.reversed = [0, *range(len(self.digits), 0, -1), len(self.digits) + 1]

    def forward(self, audio: Tensor) -> Tensor:
        batch = audio.shape[0]
        length = (audio.shape[2] - self.n_fft) // self.hop_length * self.hop_length + self.n_fft
        pieces = audio.narrow(2, 0, length).reshape(batch, -1, self.channels).transpose(1, 2)
        digits = pieces.reshape([batch] + self.digits + [-1]).permute(self.reversed)  # noqa: RUF005 - TorchScript knows no star
        return digits.reshape(batch, self.channels, -1)


class Joining(nn.Module):
    """Undoes :class:`Dealing`: ``(batch, channels, pieces)`` → ``(batch, 1, samples)``."""

    def __init__(self, factorisation: Factorisation) -> None:
        super().__init__()
        self.channels = factorisation.channels
        self.digits = list(factorisation.radices[:0:-1])
        self.reversed = [0, *range(len(self.digits), 0, -1), len(self.digits) + 1]

    def forward(self, pieces: Tensor) -> Tensor:
        batch = pieces.shape[0]
        digits = pieces.reshape([batch] + self.digits + [-1]).permute(self.reversed)  # noqa: RUF005 - as above
        return digits.reshape(batch, self.channels, -1).transpose(1, 2).reshape(batch, 1, -1)


class Framing(nn.Module):
    """Copies frames out: ``(batch, 1, samples)`` → ``(batch, channels * r0, frames)``.

    For hops that the channels do not divide. A frame is a few hop-sized blocks in a row, and the
    same block of all frames is a piece of the audio, dealt out to one channel per sample of a hop.
    """

    def __init__(self, factorisation: Factorisation, hop_length: int) -> None:
        super().__init__()
        self.n_fft = factorisation.n_fft
        self.hop_length = hop_length
        self.blocks = -(-self.n_fft // hop_length)
        self.missing = self.blocks * hop_length - self.n_fft
        self.digits = list(factorisation.radices)
        # The sample's digits, slow to fast, become the channel's, in reverse, and its taps.
        self.reversed = [0, *range(len(self.digits), 0, -1), len(self.digits) + 1]

    def forward(self, audio: Tensor) -> Tensor:
        batch = audio.shape[0]
        frames = (audio.shape[2] - self.n_fft) // self.hop_length + 1
        length = (frames - 1 + self.blocks) * self.hop_length
        whole = functional.pad(audio, [0, self.missing]).narrow(2, 0, length)
        dealt = whole.reshape(batch, -1, self.hop_length).transpose(1, 2)
        rows = torch.cat([dealt.narrow(2, block, frames) for block in range(self.blocks)], dim=1)
        digits = rows.narrow(1, 0, self.n_fft).reshape([batch] + self.digits + [-1])  # noqa: RUF005 - as above
        return digits.permute(self.reversed).reshape(batch, self.n_fft, -1)
