"""One octave's filters at successive halvings of the rate: a filter bank over many octaves."""

import numpy as np
import torch
from nnaudio_contract import (
    Block,
    Demand,
    Description,
    FastForm,
    Flow,
    StreamingForm,
    StreamPlan,
)
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.blocks.octave_decimation import OctaveDecimation, OctaveLevel
from nnaudio_export.chunked.chunked_cascade import streamed_bank
from nnaudio_export.chunked.octave_cascade import Halving, OctaveFilters, octave_cascade
from nnaudio_export.kernels.fourier import fourier_kernels
from nnaudio_export.kernels.spectral_kernels import spectral_kernels
from nnaudio_export.weights import real_rows, register_weight


class OctaveBank(Block):
    """Correlates audio with one octave's filters, then with the same an octave lower, and so on.

    ``(batch, 1, samples)`` → ``(batch, 2 * bins, frames)``, real parts first, lowest bin first.

    All octaves share the kernel, which can be trained. On top, each has a small fixed difference:
    that by which its own filters, given here, are not those of the highest octave.

    Args:
        kernels: complex ``(octaves, bins_per_octave, length)``, the highest octave first.
        decimation: from :func:`nnaudio_export.blocks.octave_decimation.plan_decimation`.
        bins: of all octaves; the lowest ones of the lowest octave are left out.
        trainable: make the kernel a parameter.

    Reference:
        C. Schörkhuber and A. Klapuri, "Constant-Q transform toolbox for music processing", 7th
        Sound and Music Computing Conference, 2010.
    """

    kernel: Tensor  # (2 * bins_per_octave, 1, length)
    linear = True  # an exporter may compute it in half precision

    def __init__(
        self,
        kernels: NDArray[np.complex128],
        decimation: OctaveDecimation,
        *,
        bins: int,
        trainable: bool,
    ) -> None:
        super().__init__()
        rows = np.stack([real_rows(octave) for octave in kernels])
        register_weight(self, "kernel", rows[0], trainable=trainable)
        octaves = [
            Octave(row - rows[0], level) for row, level in zip(rows, decimation.levels, strict=True)
        ]
        self.method = "octaves over time"  # where a spectral bank becomes one
        self._build(octaves, decimation, len(octaves) * kernels.shape[1] - bins)

    def _build(self, octaves: "list[Octave]", decimation: OctaveDecimation, left_out: int) -> None:
        early = len(decimation.halvers) - len(octaves) + 1
        self.decimation = decimation
        self.left_out = left_out
        self.zeros = decimation.zeros
        self.frame_length = decimation.frame_length
        self.hop_length = decimation.hop_length
        self.early = nn.Sequential(*decimation.halvers[:early])
        self.highest = octaves[0]
        self.halvers = nn.ModuleList(decimation.halvers[early:])
        self.lower = nn.ModuleList(octaves[1:])
        # For one frame.
        self.multiplications = len(octaves) * sum(
            weight.numel() for weight in self.weights()
        ) + sum(
            halver.taps.numel() * self.hop_length // 2 ** (index + 1)
            for index, halver in enumerate(decimation.halvers)
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

    def streaming_form(self, flow: Flow, plan: StreamPlan) -> StreamingForm:
        halvings = [
            Halving(each, each.stride, (each.taps.shape[2] - 1) * each.dilation + 1)
            for each in self.decimation.halvers
        ]
        cascade = octave_cascade(
            [octave.filters(self.weights()) for octave in self.octaves()],
            halvings,
            left_out=self.left_out,
            hop_length=self.hop_length,
            frame_length=self.frame_length,
            front=self.zeros[0],
        )
        return streamed_bank(cascade, flow, plan)


class SpectralOctaveBank(OctaveBank):
    """An :class:`OctaveBank` whose filters are applied in the frequency domain.

    Shared are a Fourier transform and a matrix; each can be trained.

    Args:
        kernels: complex ``(octaves, bins_per_octave, length)``, the highest octave first.
        decimation: from :func:`nnaudio_export.blocks.octave_decimation.plan_decimation`.
        bins: of all octaves; the lowest ones of the lowest octave are left out.
        trainable_fourier: make the Fourier kernels a parameter.
        trainable_spectral: make the matrix a parameter.
    """

    kernel: Tensor  # (2 * fourier_bins, 1, length)
    matrix: Tensor  # (2 * bins_per_octave, 2 * fourier_bins)

    def __init__(
        self,
        kernels: NDArray[np.complex128],
        decimation: OctaveDecimation,
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
                for matrix, level in zip(matrices, decimation.levels, strict=True)
            ],
            decimation,
            octaves * per_octave - bins,
        )

    def weights(self) -> list[Tensor]:
        return [self.kernel, self.matrix]

    def fast_form(self, given: Description, read: Demand, tolerance: float) -> FastForm:  # noqa: ARG002
        return FastForm([self.in_time()], Description("complex"))

    def in_time(self) -> OctaveBank:
        """The same as filters over time, which take a fraction of the multiplications."""
        fourier = self.kernel.detach().double()[:, 0]
        matrices = [self.matrix + octave.difference for octave in self.octaves()]
        rows = torch.stack([matrix.detach().double() @ fourier for matrix in matrices])
        real, imaginary = rows.cpu().numpy().reshape(len(rows), 2, -1, rows.shape[2]).swapaxes(0, 1)
        bins = len(rows) * real.shape[1] - self.left_out
        bank = OctaveBank(real + 1j * imaginary, self.decimation, bins=bins, trainable=False)
        return bank.to(self.kernel)


class Octave(nn.Module):
    """Filters of one octave, on the part of the audio that its frames reach.

    Args:
        difference: float64, from the shared kernel to this octave's.
        level: how they lie in the audio of this rate.
    """

    difference: Tensor

    def __init__(self, difference: NDArray[np.float64], level: OctaveLevel) -> None:
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

    def filters(self, weights: list[Tensor]) -> OctaveFilters:
        """The octave's own filters: the shared ones and its difference, added up."""
        own = weights[0] + self.difference
        return OctaveFilters(own, None, self.before, self.hop_length, self.dilation)

    def extra_repr(self) -> str:
        return f"hop_length={self.hop_length}, dilation={self.dilation}"


class SpectralOctave(Octave):
    """Spectral filters of one octave; the difference is that of the matrix."""

    def forward(self, audio: Tensor, frames: Tensor, weights: list[Tensor]) -> Tensor:
        return torch.matmul(weights[1] + self.difference, self.correlate(audio, frames, weights[0]))

    def filters(self, weights: list[Tensor]) -> OctaveFilters:
        own = weights[1] + self.difference
        return OctaveFilters(weights[0], own, self.before, self.hop_length, self.dilation)
