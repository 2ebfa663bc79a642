"""Filters at one rate, on a window of a stream."""

from torch import Tensor, nn
from torch.nn import functional


class Correlation(nn.Module):
    """``(batch, 1, samples)`` → ``(batch, rows, frames)``, for the few frames of a chunk.

    Args:
        kernel: ``(rows, 1, taps)``.
        stride: samples from frame to frame.
        dilation: distance of the samples that the filters take.
    """

    kernel: Tensor

    def __init__(self, kernel: Tensor, *, stride: int, dilation: int = 1) -> None:
        super().__init__()
        self.register_buffer("kernel", kernel.detach(), persistent=False)
        self.stride = stride
        self.dilation = dilation

    def forward(self, audio: Tensor) -> Tensor:
        return functional.conv1d(audio, self.kernel, stride=self.stride, dilation=self.dilation)

    @property
    def reach(self) -> int:
        """Samples that one frame takes."""
        return (self.kernel.shape[2] - 1) * self.dilation + 1
