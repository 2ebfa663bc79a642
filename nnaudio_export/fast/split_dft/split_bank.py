"""A Fourier filter bank as a product of small matrices: the fast equal of a dense one."""

import copy
from collections.abc import Sequence

import numpy as np
import torch
from nnaudio_contract import Block, Flow, RowOrder, StreamingForm, StreamPlan
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.chunked.chunked_cascade import streamed_bank
from nnaudio_export.chunked.filter_cascade import single
from nnaudio_export.fast.split_dft.factorisation import Factorisation, first_stage, later_stages
from nnaudio_export.fast.split_dft.merged_frames import MergedFrames
from nnaudio_export.fast.split_dft.polyphase import Polyphase, PolyphaseFrames, PolyphaseInverse
from nnaudio_export.weights import register_weight


class _SplitDFT(Block):
    """The stages of a split transform, and which bin each of its rows holds.

    ``(batch, 1, samples)`` → ``(batch, 2 * rows, frames)``, real parts first. Row r holds bin
    ``raw_bins[r]``; one above ``n_fft / 2`` is the conjugate of bin ``n_fft - raw_bins[r]``. With
    an even last radix, those are conjugated on the way.
    """

    linear = True  # an exporter may compute it in half precision
    kernel: Tensor  # (channels * 2 * kept, 1, r0), or (..., r0, 1) where frames are copied

    def __init__(
        self,
        factorisation: Factorisation,
        window: NDArray[np.float64],
        later: Sequence[NDArray[np.float64]],
        *,
        hop_length: int,
    ) -> None:
        super().__init__()
        self.factorisation = factorisation
        self.n_fft = factorisation.n_fft
        self.hop_length = hop_length
        self.channels = factorisation.channels
        kernels = first_stage(factorisation, window)
        pairs = np.stack([kernels.real, kernels.imag], axis=1)  # (channels, 2, kept, r0)
        rows = pairs.reshape(-1, 1, pairs.shape[-1])
        if factorisation.framed:
            self.cut: nn.Module = PolyphaseFrames(factorisation, hop_length)
            self.stride = 1
            rows = rows.swapaxes(1, 2)
        else:
            self.cut = Polyphase(factorisation, hop_length)
            self.stride = hop_length // self.channels
        register_weight(self, "kernel", rows, trainable=False)
        self.stages = nn.Sequential(*map(_Stage, later))
        self.method = "Fourier " + " * ".join(map(str, factorisation.radices))
        self.multiplications = factorisation.multiplications
        self.raw_bins: list[int] = factorisation.raw_bins.tolist()
        self.rows = len(self.raw_bins)
        # An even last radix puts all bins above n_fft / 2 into the upper half of its rows.
        self.conjugates = factorisation.radices[-1] % 2 == 0

    def forward(self, audio: Tensor) -> Tensor:
        values = functional.conv1d(
            self.cut(audio), self.kernel, stride=self.stride, groups=self.channels
        )
        frames = values.shape[2]
        rows: Tensor = self.stages(values)
        return rows.reshape(audio.shape[0], 2 * self.rows, frames)

    def order(self, bins: int) -> RowOrder:
        """Where each bin lies, from 0 on."""
        row_of = {raw: row for row, raw in enumerate(self.raw_bins)}
        sign = (1.0 if self.conjugates or k in row_of else -1.0 for k in range(bins))
        rows = (row_of[k if k in row_of else self.n_fft - k] for k in range(bins))
        return RowOrder(self.rows, tuple(rows), tuple(sign))

    def extra_repr(self) -> str:
        return f"{self.method}, stride={self.stride}"


class SplitBank(_SplitDFT):
    """A windowed Fourier transform of the frames, with bins in an order of its own.

    ``(batch, 1, samples)`` → ``(batch, 2 * rows, frames)``, real parts first.

    Args:
        factorisation: how the frame is split.
        window: float64 ``(n_fft,)``.
        hop_length: samples from one frame to the next, a multiple of ``factorisation.channels``.
        bins: how many bins, from 0, are asked for; blocks of rows without any are left out.

    Example:
        >>> from nnaudio_export.fast.split_dft.factorisation import factorise
        >>> bank = SplitBank(factorise((4, 2)), np.ones(8), hop_length=2, bins=5)
        >>> real, imaginary = bank(torch.ones(1, 1, 8)).chunk(2, dim=1)
        >>> bank.raw_bins, real.flatten().round().abs().tolist()
        ([0, 1, 2, 4, 5, 6], [8.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    """

    def __init__(
        self,
        factorisation: Factorisation,
        window: NDArray[np.float64],
        *,
        hop_length: int,
        bins: int,
    ) -> None:
        *between, last = later_stages(factorisation)
        radix = factorisation.radices[-1]
        blocks = factorisation.raw_bins.reshape(radix, -1)
        lowest = np.minimum(blocks, factorisation.n_fft - blocks).min(axis=1)
        # From low to high, so that a filter finds its bins together.
        wanted = np.argsort(lowest, kind="stable")[: np.count_nonzero(lowest < bins)]
        read = _conjugated(last[0])[np.concatenate([wanted, radix + wanted])]
        super().__init__(factorisation, window, [*between, read[None]], hop_length=hop_length)
        self.raw_bins = blocks[wanted].reshape(-1).tolist()
        self.rows = len(self.raw_bins)

    def streaming_form(self, flow: Flow, plan: StreamPlan) -> StreamingForm:
        form: nn.Module = self
        merged = plan.state.batched
        if merged:
            starts = range(0, plan.frames * self.hop_length, self.hop_length)
            form = MergedFrames(self.on_frames(), starts, self.n_fft)
        bank = single(form, hop_length=self.hop_length, length=self.n_fft)
        return streamed_bank(bank, flow, plan, merged=merged)

    def on_frames(self) -> "SplitBank":
        """The same for frames that lie one behind the other, each in full."""
        other = copy.deepcopy(self)
        other.cut = Polyphase(self.factorisation, self.n_fft)
        other.hop_length, other.stride = self.n_fft, self.factorisation.radices[0]
        if self.factorisation.framed:
            other.kernel = self.kernel.swapaxes(1, 2)
        return other


class SplitPair(_SplitDFT):
    """A windowed Fourier transform of the frames, and its adjoint.

    ``(batch, 1, samples)`` → ``(batch, 2 * rows, frames)``, real parts first, with bins in an
    order of its own, some twice; :meth:`adjoint` goes back.

    Args:
        factorisation: how the frame is split; its last radix is even.
        window: float64 ``(n_fft,)``.
        hop_length: samples from one frame to the next, a multiple of ``factorisation.channels``.
    """

    def __init__(
        self, factorisation: Factorisation, window: NDArray[np.float64], *, hop_length: int
    ) -> None:
        *between, last = later_stages(factorisation)
        matrices = [*between, _conjugated(last[0])[None]]
        super().__init__(factorisation, window, matrices, hop_length=hop_length)
        assert self.conjugates
        assert not factorisation.framed
        self.back = nn.Sequential(*(_Stage(each.swapaxes(1, 2)) for each in reversed(matrices)))
        self.values = self.kernel.shape[0]
        self.spectrum_level = 1.0  # of what the adjoint reads, in multiples of the audio's
        self.join = PolyphaseInverse(factorisation)
        raw = factorisation.raw_bins
        self.bin_of_row: list[int] = np.minimum(raw, self.n_fft - raw).tolist()

    def adjoint(self, spectrum: Tensor) -> Tensor:
        """``(batch, 2 * rows, frames)`` → ``(batch, 1, samples)``."""
        batch, _, frames = spectrum.shape
        values = self.back(spectrum).reshape(batch, self.values, frames)
        pieces = functional.conv_transpose1d(
            values, self.kernel, stride=self.stride, groups=self.channels
        )
        return self.join(pieces)

    def weigh_spectra(self, weights: NDArray[np.float64]) -> None:
        """Makes the adjoint weigh the rows that it reads, for synthesis: then use it alone.

        Args:
            weights: ``(rows,)``; they depend on the first digit only, since bins that have a
                second row are those of its first and last value.
        """
        digits = weights.reshape(-1, self.factorisation.kept)
        assert np.ptp(digits, axis=0).max() == 0
        self.spectrum_level = 1 / weights.max()
        factors = np.tile(digits[0], 2 * self.channels)[:, None, None]
        self.kernel *= torch.from_numpy(factors).to(self.kernel)

    def share_of_rows(self) -> list[float]:
        """1 over the number of rows that hold the same bin, for each row."""
        count = np.bincount(self.bin_of_row)
        return [1.0 / float(count[k]) for k in self.bin_of_row]


def _conjugated(last: NDArray[np.float64]) -> NDArray[np.float64]:
    """The last stage's matrix, giving conjugates where all bins of a row are above n_fft / 2."""
    radix = len(last) // 2
    if radix % 2:
        return last
    sign = np.where(np.arange(radix) < radix // 2, 1.0, -1.0)[:, None]
    return np.concatenate([last[:radix], last[radix:] * sign])


class _Stage(nn.Module):
    """Sums over one digit: ``(batch, ..., 2 * pieces * radix values, columns)`` → less values.

    Each value of the digit that is summed becomes a column more of the digit of frequency.
    """

    matrices: Tensor  # (pieces, rows, 2 * radix)

    def __init__(self, matrices: NDArray[np.float64]) -> None:
        super().__init__()
        self.pieces, _, self.values = matrices.shape
        register_weight(self, "matrices", matrices, trainable=False)

    def forward(self, values: Tensor) -> Tensor:
        values = values.reshape(values.shape[0], self.pieces, self.values, -1)
        return torch.matmul(self.matrices, values)
