"""The split form of the Fourier transform of even sequences."""

import torch
from torch import Tensor, nn

from nnaudio_export.fast.split_dft.split_bank import SplitBank


class SplitEvenDFT(nn.Module):
    """The fast equal of :class:`~nnaudio_export.blocks.even_dft.EvenDFT`.

    The stages of a split transform, frame by frame.

    Args:
        transform: of whole frames, with what is silent in its window.
        n_out: values of the transform, from 0.
    """

    samples: Tensor  # (size,): the row of the input that each sample of a channel is
    matrices: Tensor  # (channels, 2 * kept, r0): the first stage
    real: Tensor  # (rows of the last stage, 2 * last radix)
    rows: Tensor  # (n_out,)

    def __init__(self, transform: SplitBank, n_out: int) -> None:
        super().__init__()
        size, channels = transform.n_fft, transform.channels
        # The order in which the audio would be dealt out to the channels; then the mirror image.
        numbers = torch.arange(size, dtype=torch.float64)[None, None]
        dealt = transform.cut(numbers).reshape(-1).long()
        rows = list(transform.order(n_out).row_of)
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
