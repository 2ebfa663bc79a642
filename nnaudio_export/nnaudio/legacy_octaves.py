"""nnAudio's cascade of octaves: one low-pass after the other, kernels at every rate.

The blocks compute what nnAudio computes, faults included: the low-pass has an even length, so each
octave lags half a sample of its rate behind the one above, and it is padded with zeros although
the octave's own padding mirrors.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Decimator(nn.Module):
    """Low-pass, then every n-th sample: ``(batch, 1, samples)`` → a n-th of the samples.

    Args:
        taps: the filter ``(taps,)``.
        step: n.
    """

    taps: Tensor  # (1, 1, taps)

    def __init__(self, taps: Tensor, step: int) -> None:
        super().__init__()
        self.register_buffer("taps", taps.reshape(1, 1, -1).clone(), persistent=False)
        self.step = step
        self.margin = (taps.numel() - 1) // 2

    def forward(self, audio: Tensor) -> Tensor:
        return functional.conv1d(audio, self.taps, stride=self.step, padding=self.margin)

    def shortest(self, samples: int) -> int:
        """Fewest samples that give at least this many.

        Example:
            >>> decimator = Decimator(torch.ones(256), 2)
            >>> decimator.shortest(3), decimator(torch.zeros(1, 1, 6)).shape[-1]
            (6, 3)
        """
        return max((samples - 1) * self.step + self.taps.shape[-1] - 2 * self.margin, 1)


class SpectralKernels(nn.Module):
    """Complex matrix over the bins of a Fourier transform, real and imaginary part on their own.

    ``(batch, 2 * n_in, frames)`` → ``(batch, 2 * n_out, frames)``, real parts first.

    Args:
        real: ``(n_out, n_in)``.
        imag: the same.
        requires_grad: of the parameters that they become; None for buffers.
    """

    real: Tensor
    imag: Tensor

    def __init__(self, real: Tensor, imag: Tensor, *, requires_grad: bool | None) -> None:
        super().__init__()
        for name, values in (("real", real), ("imag", imag)):
            if requires_grad is None:
                self.register_buffer(name, values.clone(), persistent=False)
            else:
                parameter = nn.Parameter(values.clone(), requires_grad=requires_grad)
                self.register_parameter(name, parameter)

    def forward(self, spectrum: Tensor) -> Tensor:
        re, im = spectrum.chunk(2, dim=1)
        return torch.cat(
            [
                torch.matmul(self.real, re) - torch.matmul(self.imag, im),
                torch.matmul(self.real, im) + torch.matmul(self.imag, re),
            ],
            dim=1,
        )


class Octave(nn.Module):
    """One octave: audio of the octave above → audio of this one, and its spectrum.

    Args:
        decimator: from the rate above to this one.
        pad: of this octave.
        bank: kernels at this rate.
    """

    def __init__(self, decimator: nn.Module, pad: nn.Module, bank: nn.Module) -> None:
        super().__init__()
        self.decimator = decimator
        self.pad = pad
        self.bank = bank

    def forward(self, audio: Tensor) -> tuple[Tensor, Tensor]:
        audio = self.decimator(audio)
        return audio, self.bank(self.pad(audio))


class SameFrames(nn.Module):
    """Octaves whose hops divide have equally many frames."""

    def forward(self, spectrum: Tensor, top: Tensor) -> Tensor:  # noqa: ARG002
        return spectrum


class StretchedFrames(nn.Module):
    """Octaves stretched in time, linearly, to the frames of the top one.

    ``torch.nn.functional.interpolate`` on whole numbers: it works out positions in float32, and
    each runtime rounds these in its own way, up to 3e-4 of the maximum in a minute of audio.
    """

    def forward(self, spectrum: Tensor, top: Tensor) -> Tensor:
        frames, given = top.shape[2], spectrum.shape[2]
        # Frame m lies at ((2 m + 1) given / frames - 1) / 2, counted here in steps of one
        # (2 frames)-th.
        steps = 2 * torch.arange(frames, device=spectrum.device) + 1
        position = (steps * given - frames).clamp(min=0)
        before = torch.div(position, 2 * frames, rounding_mode="floor")
        after = (before + 1).clamp(max=given - 1)
        weight = (position - before * (2 * frames)).to(spectrum.dtype) / (2 * frames)
        left, right = spectrum.index_select(2, before), spectrum.index_select(2, after)
        return left + weight * (right - left)


class Octaves(nn.Module):
    """All octaves, lowest bin first: ``(batch, 1, samples)`` → ``(batch, 2 * bins, frames)``.

    Args:
        octaves: from the top one down.
        align: brings a lower octave to the frames of the top one.
        surplus: lowest bins of the lowest octave, to be left out.
    """

    def __init__(self, octaves: list[Octave], *, align: nn.Module, surplus: int) -> None:
        super().__init__()
        self.top = octaves[0]
        self.lower = nn.ModuleList(octaves[1:])
        self.align = align
        self.surplus = surplus

    def forward(self, audio: Tensor) -> Tensor:
        audio, top = self.top(audio)
        real, imag = top.chunk(2, dim=1)
        for octave in self.lower:  # unrolled in a graph
            audio, spectrum = octave(audio)
            lower_real, lower_imag = self.align(spectrum, top).chunk(2, dim=1)
            real, imag = torch.cat([lower_real, real], dim=1), torch.cat([lower_imag, imag], dim=1)
        return torch.cat([real[:, self.surplus :], imag[:, self.surplus :]], dim=1)
