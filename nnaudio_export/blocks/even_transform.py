"""The Fourier transform of an even sequence, as a matrix and as a product of small ones."""

import numpy as np
import torch
from torch import Tensor, nn

from nnaudio_export.blocks.factorised_bank import FactorisedBank
from nnaudio_export.blocks.projection import Projection
from nnaudio_export.kernels.cepstrum import even_dft, heard
from nnaudio_export.kernels.factorised import factorisations

# Picking rows twice, in multiplications: what it takes to move as many numbers.
_COST_OF_PICKING = 20


class EvenTransform(Projection):
    """Real part of the orthonormal DFT of every frame, which is half of an even sequence.

    ``(batch, size // 2 + 1, frames)`` → ``(batch, n_out, frames)``.

    Args:
        size: of the whole sequence.
        n_out: values of the transform, from 0.
        silent_below: see :func:`nnaudio_export.kernels.cepstrum.even_dft`.
    """

    def __init__(self, *, size: int, n_out: int, silent_below: int) -> None:
        super().__init__(even_dft(size=size, n_out=n_out, silent_below=silent_below))
        self.size = size
        self.n_out = n_out
        self.silent_below = silent_below

    def lowered(self) -> "EvenTransform | FactorisedEvenTransform":
        """The faster equal; itself where there is none."""
        splits = factorisations(n_fft=self.size, hop_length=self.size, bins=self.n_out)
        candidates = [split for split in splits if len(split.radices) > 1]
        best = min(candidates, key=lambda split: split.cost, default=None)
        if best is None or best.cost + _COST_OF_PICKING * self.size > self.multiplications:
            return self
        window = heard(size=self.size, silent_below=self.silent_below) / np.sqrt(self.size)
        transform = FactorisedBank(best, window, hop_length=self.size, bins=self.n_out)
        return FactorisedEvenTransform(transform, self.n_out).to(self.matrix)


class FactorisedEvenTransform(nn.Module):
    """The fast equal of :class:`EvenTransform`: the stages of a split transform, frame by frame.

    Args:
        transform: of whole frames, with what is silent in its window.
        n_out: values of the transform, from 0.
    """

    samples: Tensor  # (size,): the row of the input that each sample of a channel is
    matrices: Tensor  # (channels, 2 * kept, r0): the first stage
    real: Tensor  # (rows of the last stage, 2 * last radix)
    rows: Tensor  # (n_out,)

    def __init__(self, transform: FactorisedBank, n_out: int) -> None:
        super().__init__()
        size, channels = transform.n_fft, transform.channels
        # The order in which the audio would be dealt out to the channels; then the mirror image.
        numbers = torch.arange(size, dtype=torch.float64)[None, None]
        dealt = transform.cut(numbers).reshape(-1).long()
        rows, _ = transform.rows_of(n_out)
        self.channels = channels
        self.method = transform.method
        self.multiplications = transform.multiplications
        *between, last = transform.stages
        self.stages = nn.Sequential(*between)
        self.last_values = last.values
        self.register_buffer("samples", torch.minimum(dealt, size - dealt), persistent=False)
        matrices = transform.kernel.reshape(channels, -1, size // channels)
        self.register_buffer("matrices", matrices, persistent=False)
        self.register_buffer("real", last.get_buffer("matrices")[0].chunk(2)[0], persistent=False)
        self.register_buffer("rows", torch.tensor(rows), persistent=False)

    def forward(self, frames: Tensor) -> Tensor:
        batch, _, count = frames.shape
        dealt = frames.index_select(1, self.samples).reshape(batch, self.channels, -1, count)
        values = self.stages(torch.matmul(self.matrices, dealt))
        real = torch.matmul(self.real, values.reshape(batch, self.last_values, -1))
        return real.reshape(batch, -1, count).index_select(1, self.rows)
