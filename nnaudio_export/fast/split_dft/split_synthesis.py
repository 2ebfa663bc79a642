"""Overlap-add of split inverse transforms."""

import numpy as np
from nnaudio_contract import Block, Flow, SelectRows, StreamingForm, StreamPlan
from numpy.typing import NDArray
from torch import Tensor

from nnaudio_export.chunked.chunked_overlap_add import streamed_synthesis
from nnaudio_export.fast.split_dft.split_bank import SplitPair
from nnaudio_export.kernels.fourier import bin_weights
from nnaudio_export.weights import register_weight
from nnaudio_export.window_sum import window_sum


class SplitSynthesis(Block):
    """The fast equal of :class:`~nnaudio_export.blocks.overlap_add.OverlapAdd`.

    ``(batch, 2 * bins, frames)`` → ``(batch, n_fft + (frames - 1) * hop_length)``.

    Args:
        pair: the windowed transform whose adjoint it uses.
        window: float64 ``(n_fft,)``, the analysis window.
    """

    window: Tensor  # (n_fft,)

    def __init__(self, pair: SplitPair, window: NDArray[np.float64]) -> None:
        super().__init__()
        bins = pair.n_fft // 2 + 1
        self.hop_length = pair.hop_length
        self.pair = pair
        register_weight(self, "window", window, trainable=False)
        rows = np.asarray(pair.bin_of_row)
        weights = bin_weights(n_fft=pair.n_fft, bins=bins)[rows] * pair.share_of_rows()
        pair.weigh_spectra(weights)
        self.order = SelectRows([*rows.tolist(), *(bins + rows).tolist()])

    def forward(self, spectrum: Tensor) -> Tensor:
        weight = window_sum(self.window, spectrum, self.hop_length)
        return (self.overlapped(spectrum) / weight).squeeze(1)

    def overlapped(self, spectrum: Tensor) -> Tensor:
        """The sum of the frames, not yet divided: ``(batch, 1, samples)``."""
        return self.pair.adjoint(self.order(spectrum))

    def streaming_form(self, flow: Flow, plan: StreamPlan) -> StreamingForm:
        return streamed_synthesis(self, flow, plan)
