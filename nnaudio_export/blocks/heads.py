"""What a layer gives of a complex spectrum ``(batch, 2 * bins, frames)``, real parts first."""

import torch
from nnaudio_contract import Block, Demand, Description, FastForm
from torch import Tensor, nn

from nnaudio_export.fast.squared_magnitude import OfPower, SquaredMagnitude

# Smallest normal float32 (bfloat16 shares its exponent): the floor under a square root, so that
# the gradient on silence is 0 and not NaN. It stands for a magnitude of 1e-19.
_TINY = 2.0**-126


class Head(Block):
    """Base of the heads: elementwise, whatever the order of the bins."""

    framewise = True

    def __init__(self) -> None:
        super().__init__()
        self.tiny = _TINY  # TorchScript reads an attribute, not a global


class PowerHead(Head):
    """Base of the heads that need the squared magnitude only, ``(batch, bins, frames)``.

    Behind a fast bank they work on its rows as they lie, where what follows does too; else rows are
    picked between square and root, so that the root is taken of fewer values.
    """

    def forward(self, spectrum: Tensor) -> Tensor:
        re, im = spectrum.chunk(2, dim=1)
        return self.of_power(re * re + im * im)

    def of_power(self, power: Tensor) -> Tensor:
        """The same, of the squared magnitude."""
        raise NotImplementedError

    def root(self) -> list[nn.Module]:
        """What is left to do with the squared magnitude."""
        return [OfPower(self)]

    def reads(self, behind: Demand) -> Demand:
        return Demand(bins=behind.rows, any_order=behind.any_order)

    def fast_form(self, given: Description, read: Demand, tolerance: float) -> FastForm:  # noqa: ARG002
        if given.order is None:
            return FastForm([self], Description("power"))
        squared = Description("power", given.order)
        if read.any_order:
            return FastForm([SquaredMagnitude(), *self.root()], squared)
        picked = squared.restored()
        return FastForm([SquaredMagnitude(), *picked, *self.root()], Description("power"))


class Power(PowerHead):
    """Squared magnitude, ``(batch, bins, frames)``."""

    def of_power(self, power: Tensor) -> Tensor:
        return power

    def root(self) -> list[nn.Module]:
        return []


class Magnitude(PowerHead):
    """Magnitude, ``(batch, bins, frames)``.

    Example:
        >>> Magnitude()(torch.tensor([[[3.0], [4.0]]]))
        tensor([[[5.]]])
    """

    def of_power(self, power: Tensor) -> Tensor:
        return power.clamp(min=self.tiny).sqrt()


class PoweredMagnitude(PowerHead):
    """Magnitude to any positive power, ``(batch, bins, frames)``.

    Example:
        >>> PoweredMagnitude(0.5)(torch.tensor([[[16.0, 0.0], [0.0, 0.0]]]))
        tensor([[[4., 0.]]])
    """

    def __init__(self, power: float) -> None:
        super().__init__()
        self.half_power = power / 2

    def of_power(self, power: Tensor) -> Tensor:
        # The floor keeps the gradient finite; to a small power, it would be heard on silence.
        values = power.clamp(min=self.tiny).pow(self.half_power)
        return values.masked_fill(power < self.tiny, 0.0)


class Root(nn.Module):
    """Values of at least 0 to ``1 / power``: what :class:`PoweredMagnitude` undoes.

    Example:
        >>> Root(2.0)(torch.tensor([16.0, 0.0]))
        tensor([4., 0.])
    """

    def __init__(self, power: float) -> None:
        super().__init__()
        self.exponent = 1 / power
        self.tiny = _TINY

    def forward(self, values: Tensor) -> Tensor:
        roots = values.clamp(min=self.tiny).pow(self.exponent)
        return roots.masked_fill(values < self.tiny, 0.0)


class Complex(Head):
    """Real and imaginary part on a last axis, ``(batch, bins, frames, 2)``."""

    def forward(self, spectrum: Tensor) -> Tensor:
        batch, values, frames = spectrum.shape
        parts = spectrum.reshape(batch, 2, values // 2, frames)
        return parts.permute(0, 2, 3, 1).contiguous()


class Phase(Head):
    """Angle in radians, -pi ... pi, ``(batch, bins, frames)``; 0 on silence.

    ONNX Runtime has no CUDA kernel for the arctangent: :class:`CosSin` is the form that stays
    on the GPU.
    """

    def forward(self, spectrum: Tensor) -> Tensor:
        re, im = spectrum.chunk(2, dim=1)
        # On silence (0, 0) the gradient of atan2 is NaN; (1, 0) has the same angle.
        silent = (re * re + im * im) < self.tiny
        return torch.atan2(im.masked_fill(silent, 0.0), re.masked_fill(silent, 1.0))


class CosSin(Head):
    """Cosine and sine of the phase, ``(batch, bins, frames, 2)``; (1, 0) on silence."""

    def forward(self, spectrum: Tensor) -> Tensor:
        re, im = spectrum.chunk(2, dim=1)
        power = re * re + im * im
        silent = power < self.tiny
        scale = power.clamp(min=self.tiny).rsqrt()
        return torch.stack(
            [(re * scale).masked_fill(silent, 1.0), (im * scale).masked_fill(silent, 0.0)], dim=-1
        )


def power_head(power: float) -> PowerHead:
    """The head for magnitude to a power, the cheap forms for 1 and 2."""
    if power == 1.0:
        return Magnitude()
    if power == 2.0:
        return Power()
    return PoweredMagnitude(power)


OUTPUT_FORMATS: dict[str, type[Head]] = {
    "Magnitude": Magnitude,
    "Complex": Complex,
    "Phase": Phase,
    "CosSin": CosSin,
}
