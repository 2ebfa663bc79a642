"""The sum of squared windows that an overlap-add divides by."""

import torch
from torch import Tensor
from torch.nn import functional

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
