"""From spectra back to samples: synthesis kernels, overlap-add and window-sum normalisation."""

from dataclasses import replace

import numpy as np
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
from torch import Tensor
from torch.nn import functional

from nnaudio_export.chunked.chunked_overlap_add import streamed_synthesis
from nnaudio_export.fast.split_dft.recognition import recognised_synthesis
from nnaudio_export.weights import register_weight
from nnaudio_export.window_sum import window_sum


class OverlapAdd(Block):
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

    def fast_form(self, given: Description, read: Demand, tolerance: float) -> FastForm:  # noqa: ARG002
        fast = recognised_synthesis(self.kernel, self.window, self.hop_length)
        return FastForm([*given.restored(), fast or self], Description())

    def streaming_form(self, flow: Flow, plan: StreamPlan) -> StreamingForm:
        return streamed_synthesis(self, flow, plan)


class Trim(Block):
    """Cuts samples off both ends: ``(..., samples)`` → ``(..., samples - start - end)``."""

    def __init__(self, start: int, end: int) -> None:
        super().__init__()
        self.start = start
        self.end = end

    def forward(self, audio: Tensor) -> Tensor:
        return audio.narrow(-1, self.start, audio.shape[-1] - self.start - self.end)

    def streaming_form(self, flow: Flow, plan: StreamPlan) -> StreamingForm:
        # The runtime drops them.
        timing = flow.timing
        cut = replace(timing, trim=self.start, tail=timing.tail - self.start - self.end)
        return StreamingForm(flow.separated(plan), Flow(cut))


class Crop(Block):
    """Takes ``length`` samples from ``start``, with zeros where the audio ends earlier."""

    def __init__(self, start: int, length: int) -> None:
        super().__init__()
        self.start = start
        self.length = length

    def forward(self, audio: Tensor) -> Tensor:
        padded = functional.pad(audio, [0, self.start + self.length])
        return padded.narrow(1, self.start, self.length)
