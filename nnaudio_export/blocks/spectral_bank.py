"""A bank of complex filters applied in the frequency domain."""

import numpy as np
from nnaudio_contract import Demand, Description, FastForm, fast_forms
from numpy.typing import NDArray
from torch import Tensor

from nnaudio_export.blocks.filter_bank import FilterBank
from nnaudio_export.blocks.long_filter_bank import LongFilterBank
from nnaudio_export.blocks.projection import Projection
from nnaudio_export.kernels.fourier import fourier_kernels
from nnaudio_export.kernels.spectral_kernels import spectral_kernels
from nnaudio_export.weights import complex_rows


class SpectralBank(LongFilterBank):
    """Correlates audio with complex kernels: a Fourier transform, then a matrix.

    ``(batch, 1, samples)`` → ``(batch, 2 * bins, frames)``, real parts first. The Fourier bins end
    where the kernels stay below 1e-5 of their largest value.

    Args:
        kernels: complex ``(bins, length)``, as for :class:`FilterBank`.
        hop_length: samples from one frame to the next.
        trainable_fourier: make the Fourier kernels a parameter.
        trainable_spectral: make the matrix a parameter.
    """

    def __init__(
        self,
        kernels: NDArray[np.complex128],
        *,
        hop_length: int,
        trainable_fourier: bool,
        trainable_spectral: bool,
    ) -> None:
        bins, matrix = spectral_kernels(kernels)
        super().__init__(
            fourier_kernels(bins=bins, n_fft=kernels.shape[1]),
            hop_length=hop_length,
            trainable=trainable_fourier,
        )
        self.projection = Projection(matrix, trainable=trainable_spectral)

    def forward(self, audio: Tensor) -> Tensor:
        return self.projection(self.correlate(audio))

    def fast_form(self, given: Description, read: Demand, tolerance: float) -> FastForm:
        kernels = complex_rows(self.kernel)
        fourier = FilterBank(kernels, hop_length=self.hop_length, trainable=False).to(self.kernel)
        steps = [fourier, self.projection]
        form = fast_forms(steps, given, read, tolerance)
        return FastForm([self], Description("complex")) if form.modules == steps else form
