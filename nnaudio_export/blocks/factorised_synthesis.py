"""Overlap-add of factorised inverse transforms."""

import numpy as np
import torch
from torch import Tensor, nn

from nnaudio_export.blocks.factorised_bank import FactorisedPair
from nnaudio_export.blocks.overlap_add import WindowGain
from nnaudio_export.kernels.fourier import bin_weights


class FactorisedSynthesis(nn.Module):
    """The fast equal of :class:`~nnaudio_export.blocks.overlap_add.OverlapAdd`.

    ``(batch, 2 * bins, frames)`` → ``(batch, n_fft + (frames - 1) * hop_length)``.

    Args:
        pair: the windowed transform whose adjoint it uses.
        gain: one over the sum of squared windows.
    """

    order: Tensor  # (2 * rows,): the input row of each row of the transform

    def __init__(self, pair: FactorisedPair, gain: WindowGain) -> None:
        super().__init__()
        bins = pair.n_fft // 2 + 1
        self.hop_length = pair.hop_length
        self.pair = pair
        self.gain = gain
        rows = np.asarray(pair.bin_of_row)
        weights = bin_weights(n_fft=pair.n_fft, bins=bins)[rows] * pair.share_of_rows()
        pair.weigh_spectra(weights)
        order = torch.from_numpy(np.concatenate([rows, bins + rows]))
        self.register_buffer("order", order, persistent=False)

    @property
    def window(self) -> Tensor:
        """The analysis window ``(n_fft,)``."""
        return self.gain.window

    def forward(self, spectrum: Tensor) -> Tensor:
        return (self.overlapped(spectrum) * self.gain(spectrum)).squeeze(1)

    def overlapped(self, spectrum: Tensor) -> Tensor:
        """The sum of the frames, not yet divided: ``(batch, 1, samples)``."""
        return self.pair.adjoint(spectrum.index_select(1, self.order))
