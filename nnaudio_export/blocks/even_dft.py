"""The Fourier transform of an even sequence, as a matrix."""

import numpy as np
from nnaudio_contract import Demand, Description, FastForm

from nnaudio_export.blocks.projection import Projection
from nnaudio_export.fast.split_dft.factorisation import factorisations
from nnaudio_export.fast.split_dft.split_bank import SplitBank
from nnaudio_export.fast.split_dft.split_even_dft import SplitEvenDFT
from nnaudio_export.kernels.cepstrum import even_dft, heard

# Picking rows twice, in multiplications: what it takes to move as many numbers.
_COST_OF_PICKING = 20


class EvenDFT(Projection):
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

    def fast_form(self, given: Description, read: Demand, tolerance: float) -> FastForm:  # noqa: ARG002
        return FastForm([*given.restored(), self._split() or self], Description())

    def _split(self) -> SplitEvenDFT | None:
        splits = factorisations(n_fft=self.size, hop_length=self.size, bins=self.n_out)
        candidates = [split for split in splits if len(split.radices) > 1]
        best = min(candidates, key=lambda split: split.cost, default=None)
        if best is None or best.cost + _COST_OF_PICKING * self.size > self.multiplications:
            return None
        window = heard(size=self.size, silent_below=self.silent_below) / np.sqrt(self.size)
        transform = SplitBank(best, window, hop_length=self.size, bins=self.n_out)
        return SplitEvenDFT(transform, self.n_out).to(self.matrix)
