"""One octave's filters at successive halvings of the rate: a filter bank over many octaves."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.blocks.filter_bank import real_rows
from nnaudio_export.blocks.halving import Descent, Level
from nnaudio_export.blocks.weights import register_weight
from nnaudio_export.kernels.fourier import fourier_kernels
from nnaudio_export.kernels.spectral import spectral_kernels


class OctaveBank(nn.Module):
    """Correlates audio with one octave's filters, then with the same an octave lower, and so on.

    ``(batch, 1, samples)`` → ``(batch, 2 * bins, frames)``, real parts first, lowest bin first.

    All octaves share the kernel, which can be trained. On top, each has a small fixed difference:
    that by which its own filters, given here, are not those of the highest octave.

    Args:
        kernels: complex ``(octaves, bins_per_octave, length)``, the highest octave first.
        descent: from :func:`nnaudio_export.blocks.halving.plan_descent`.
        bins: of all octaves; the lowest ones of the lowest octave are left out.
        trainable: make the kernel a parameter.

    Reference:
        C. Schörkhuber and A. Klapuri, "Constant-Q transform toolbox for music processing", 7th
        Sound and Music Computing Conference, 2010.
    """

    kernel: Tensor  # (2 * bins_per_octave, 1, length)
    linear = True  # an exporter may compute it in half precision

    def __init__(
        self, kernels: NDArray[np.complex128], descent: Descent, *, bins: int, trainable: bool
    ) -> None:
        super().__init__()
        rows = np.stack([real_rows(octave) for octave in kernels])
        register_weight(self, "kernel", rows[0], trainable=trainable)
        octaves = [
            Octave(row - rows[0], level) for row, level in zip(rows, descent.levels, strict=True)
        ]
        self.method = "octaves over time"  # where a spectral bank becomes one
        self._build(octaves, descent, len(octaves) * kernels.shape[1] - bins)

    def _build(self, octaves: "list[Octave]", descent: Descent, left_out: int) -> None:
        early = len(descent.halvers) - len(octaves) + 1
        self.descent = descent
        self.left_out = left_out
        self.zeros = descent.zeros
        self.frame_length = descent.frame_length
        self.hop_length = descent.hop_length
        self.early = nn.Sequential(*descent.halvers[:early])
        self.highest = octaves[0]
        self.halvers = nn.ModuleList(descent.halvers[early:])
        self.lower = nn.ModuleList(octaves[1:])
        # For one frame.
        self.multiplications = len(octaves) * sum(
            weight.numel() for weight in self.weights()
        ) + sum(
            halver.taps.numel() * self.hop_length // 2 ** (index + 1)
            for index, halver in enumerate(descent.halvers)
        )

    def weights(self) -> list[Tensor]:
        """What the octaves share."""
        return [self.kernel]

    def octaves(self) -> "list[Octave]":
        """From the highest down."""
        return [m for m in (self.highest, *self.lower) if isinstance(m, Octave)]

    def forward(self, audio: Tensor) -> Tensor:
        weights = self.weights()
        # Taken by number: torch.export cannot prove that all octaves have as many frames.
        count = (audio.shape[2] - self.frame_length) // self.hop_length + 1
        frames = torch.arange(count, device=audio.device)
        audio = self.early(functional.pad(audio, self.zeros))
        re, im = self.highest(audio, frames, weights).chunk(2, dim=1)
        for halver, octave in zip(self.halvers, self.lower):  # noqa: B905 - TorchScript's zip
            audio = halver(audio)
            lower_re, lower_im = octave(audio, frames, weights).chunk(2, dim=1)
            re, im = torch.cat([lower_re, re], dim=1), torch.cat([lower_im, im], dim=1)
        return torch.cat([re[:, self.left_out :], im[:, self.left_out :]], dim=1)


class SpectralOctaveBank(OctaveBank):
    """An :class:`OctaveBank` whose filters are applied in the frequency domain.

    Shared are a Fourier transform and a matrix; each can be trained.

    Args:
        kernels: complex ``(octaves, bins_per_octave, length)``, the highest octave first.
        descent: from :func:`nnaudio_export.blocks.halving.plan_descent`.
        bins: of all octaves; the lowest ones of the lowest octave are left out.
        trainable_fourier: make the Fourier kernels a parameter.
        trainable_spectral: make the matrix a parameter.
    """

    kernel: Tensor  # (2 * fourier_bins, 1, length)
    matrix: Tensor  # (2 * bins_per_octave, 2 * fourier_bins)

    def __init__(
        self,
        kernels: NDArray[np.complex128],
        descent: Descent,
        *,
        bins: int,
        trainable_fourier: bool,
        trainable_spectral: bool,
    ) -> None:
        nn.Module.__init__(self)
        octaves, per_octave, length = kernels.shape
        fourier_bins, matrix = spectral_kernels(kernels.reshape(-1, length), negligible=0.0)
        fourier = fourier_kernels(bins=fourier_bins, n_fft=length)
        # Rows of the matrix: all octaves' real parts, then all imaginary ones.
        parts = matrix.reshape(2, octaves, per_octave, -1)
        matrices = parts.swapaxes(0, 1).reshape(octaves, 2 * per_octave, -1)
        register_weight(self, "kernel", real_rows(fourier), trainable=trainable_fourier)
        register_weight(self, "matrix", matrices[0], trainable=trainable_spectral)
        self._build(
            [
                SpectralOctave(matrix - matrices[0], level)
                for matrix, level in zip(matrices, descent.levels, strict=True)
            ],
            descent,
            octaves * per_octave - bins,
        )

    def weights(self) -> list[Tensor]:
        return [self.kernel, self.matrix]

    def in_time(self) -> OctaveBank:
        """The same as filters over time, which take a fraction of the multiplications."""
        fourier = self.kernel.detach().double()[:, 0]
        matrices = [self.matrix + octave.difference for octave in self.octaves()]
        rows = torch.stack([matrix.detach().double() @ fourier for matrix in matrices])
        real, imaginary = rows.cpu().numpy().reshape(len(rows), 2, -1, rows.shape[2]).swapaxes(0, 1)
        bins = len(rows) * real.shape[1] - self.left_out
        bank = OctaveBank(real + 1j * imaginary, self.descent, bins=bins, trainable=False)
        return bank.to(self.kernel)


class Octave(nn.Module):
    """Filters of one octave, on the part of the audio that its frames reach.

    Args:
        difference: float64, from the shared kernel to this octave's.
        level: how they lie in the audio of this rate.
    """

    difference: Tensor

    def __init__(self, difference: NDArray[np.float64], level: Level) -> None:
        super().__init__()
        register_weight(self, "difference", difference, trainable=False)
        self.before = level.before
        self.hop_length = level.hop_length
        self.dilation = level.dilation

    def forward(self, audio: Tensor, frames: Tensor, weights: list[Tensor]) -> Tensor:
        return self.correlate(audio, frames, weights[0] + self.difference)

    def correlate(self, audio: Tensor, frames: Tensor, kernel: Tensor) -> Tensor:
        """``(batch, 1, samples)`` → ``(batch, rows of the kernel, frames)``."""
        part = audio[:, :, self.before :]
        found = functional.conv1d(part, kernel, stride=self.hop_length, dilation=self.dilation)
        return found.index_select(2, frames)

    def extra_repr(self) -> str:
        return f"hop_length={self.hop_length}, dilation={self.dilation}"


class SpectralOctave(Octave):
    """Spectral filters of one octave; the difference is that of the matrix."""

    def forward(self, audio: Tensor, frames: Tensor, weights: list[Tensor]) -> Tensor:
        return torch.matmul(weights[1] + self.difference, self.correlate(audio, frames, weights[0]))
