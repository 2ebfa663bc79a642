"""From spectra back to samples: synthesis kernels, overlap-add and window-sum normalisation."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.blocks.weights import register_weight

# Where the squared windows sum to less, no frame says anything about the sample.
SMALLEST_WEIGHT = 1e-10


def divisor(weight: Tensor, smallest: float = SMALLEST_WEIGHT) -> Tensor:
    """A sum of squared windows, and one more where it vanishes, to divide by."""
    # Adding: engines take longer to choose.
    return weight + (weight < smallest).to(weight.dtype)


def window_sum(window: Tensor, spectrum: Tensor, hop_length: int) -> Tensor:
    """Sum of the squared windows of as many frames as a spectrum has, ``(1, 1, samples)``.

    As a :func:`divisor`. It is summed hop by hop: a transposed convolution of the whole window
    takes many times as long.
    """
    n_fft, frames = window.shape[0], spectrum.shape[2]
    hops = (n_fft + hop_length - 1) // hop_length
    squares = functional.pad(window * window, [0, hops * hop_length - n_fft])
    ones = functional.pad(spectrum.new_ones([1, 1, frames]), [hops - 1, hops - 1])
    # (1, hops, frames + hops - 1): is there a frame that began so many hops ago, latest first?
    there = functional.conv1d(ones, torch.eye(hops).to(ones).flip(0).unsqueeze(1))
    sums = torch.matmul(there.transpose(1, 2), squares.reshape(hops, hop_length))
    length = (frames - 1) * hop_length + n_fft
    return divisor(sums.reshape(1, 1, -1).narrow(2, 0, length))


class OverlapAdd(nn.Module):
    """Synthesis: ``(batch, 2 * bins, frames)`` → ``(batch, n_fft + (frames - 1) * hop_length)``.

    Each frame is rebuilt, windowed once more, added to its neighbours, and the sum divided by
    the sum of squared windows, which is the least-squares inverse for any number of frames.

    Args:
        kernels: complex ``(bins, n_fft)``; a frame is ``Re(sum_k spectrum[k] kernels[k])``.
        window: the analysis window ``(n_fft,)``.
        hop_length: samples from one frame to the next.
        trainable_kernels: make the kernels a parameter.
        trainable_window: make the window a parameter.

    Reference:
        D. Griffin and J. Lim, "Signal estimation from modified short-time Fourier transform",
        IEEE Trans. ASSP 32(2), 1984, eq. 6.
    """

    kernel: Tensor  # (2 * bins, 1, n_fft), not windowed
    window: Tensor  # (n_fft,)

    def __init__(
        self,
        kernels: NDArray[np.complex128],
        *,
        window: NDArray[np.float64],
        hop_length: int,
        trainable_kernels: bool,
        trainable_window: bool,
    ) -> None:
        super().__init__()
        self.hop_length = hop_length
        # Re(s k) = Re s Re k - Im s Im k
        rows = np.concatenate([kernels.real, -kernels.imag])[:, None, :]
        register_weight(self, "kernel", rows, trainable=trainable_kernels)
        register_weight(self, "window", window, trainable=trainable_window)

    @property
    def multiplications(self) -> int:
        """For one frame."""
        return self.kernel.numel()

    def forward(self, spectrum: Tensor) -> Tensor:
        weight = window_sum(self.window, spectrum, self.hop_length)
        return (self.overlapped(spectrum) / weight).squeeze(1)

    def overlapped(self, spectrum: Tensor) -> Tensor:
        """The sum of the frames, not yet divided: ``(batch, 1, samples)``."""
        return functional.conv_transpose1d(
            spectrum, self.kernel * self.window, stride=self.hop_length
        )


class Trim(nn.Module):
    """Cuts samples off both ends: ``(..., samples)`` → ``(..., samples - start - end)``."""

    def __init__(self, start: int, end: int) -> None:
        super().__init__()
        self.start = start
        self.end = end

    def forward(self, audio: Tensor) -> Tensor:
        return audio.narrow(-1, self.start, audio.shape[-1] - self.start - self.end)


class Crop(nn.Module):
    """Takes ``length`` samples from ``start``, with zeros where the audio ends earlier."""

    def __init__(self, start: int, length: int) -> None:
        super().__init__()
        self.start = start
        self.length = length

    def forward(self, audio: Tensor) -> Tensor:
        padded = functional.pad(audio, [0, self.start + self.length])
        return padded.narrow(1, self.start, self.length)
