"""What every augmentation shares: nothing in evaluation mode, and its own chance in training."""

import torch
from torch import Tensor, nn

from nnaudio_export.checks import number


class Augmentation(nn.Module):
    """Base of the augmentations.

    A subclass writes ``_augment``, which the training mode alone calls. Python runs it, never a
    graph: a scripted module in training mode refuses to run, and freezing in evaluation mode (as
    the exporters do) leaves nothing of the layer.

    What an item's augmentation needs is drawn on the CPU, so that one seed gives the same
    parameters on every device.

    Args:
        generator: source of chance: a :class:`torch.Generator` on the CPU, the seed of a new one,
            or None for PyTorch's own, which :func:`torch.manual_seed` seeds.

    Raises:
        ValueError: the generator is neither of these.
    """

    def __init__(self, generator: torch.Generator | int | None = None) -> None:
        super().__init__()
        if isinstance(generator, int) and not isinstance(generator, bool):
            generator = torch.Generator().manual_seed(generator)
        if generator is not None and (
            not isinstance(generator, torch.Generator) or generator.device.type != "cpu"
        ):
            raise ValueError(
                f"generator={generator!r}: must be a torch.Generator on the CPU, a seed (int) or "
                "None"
            )
        self.generator = generator

    def forward(self, x: Tensor) -> Tensor:
        """The input changed at random in training mode, else the input itself."""
        if self.training:
            return self._checked(x)
        return x

    @torch.jit.unused
    def _checked(self, x: Tensor) -> Tensor:
        if not isinstance(x, Tensor):
            raise TypeError(f"the input is a {type(x).__name__}: must be a torch.Tensor")
        if not x.is_floating_point():
            raise ValueError(f"the input has dtype {x.dtype}: must be floating point")
        if x.numel() == 0:
            raise ValueError(f"the input has shape {tuple(x.shape)}: must not be empty")
        return self._augment(x)

    def _augment(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def _uniform(self, items: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        """One number for each item, on the CPU, in float64: ``(items,)``."""
        draws = torch.rand(items, generator=self.generator, dtype=torch.float64)
        return low + (high - low) * draws


class AudioAugmentation(Augmentation):
    """Base of the augmentations of audio.

    A subclass writes ``_change``, which sees ``(items, channels, samples)`` and changes every item
    in a way of its own, all channels of an item alike.

    Args:
        p: probability that an item is changed, 0 ... 1.
        generator: see :class:`Augmentation`.

    Raises:
        ValueError: an argument is out of its range.
    """

    def __init__(self, p: float, generator: torch.Generator | int | None) -> None:
        super().__init__(generator)
        self.p = number("p", p, minimum=0)
        if self.p > 1:
            raise ValueError(f"p={p!r}: must be a probability, from 0 to 1")

    def _augment(self, x: Tensor) -> Tensor:
        if x.dim() not in (1, 2, 3):
            raise ValueError(
                f"audio has shape {tuple(x.shape)}: must be (samples,), (batch, samples) or "
                "(batch, channels, samples)"
            )
        items = x[None, None] if x.dim() == 1 else x[:, None] if x.dim() == 2 else x
        chosen = self._uniform(len(items)) < self.p
        # All items draw, whether chosen or not: which numbers an item gets depends on the seed
        # and its place alone.
        changed = self._change(items, chosen)
        return changed.reshape(x.shape[:-1] + changed.shape[-1:])

    def _change(self, items: Tensor, chosen: Tensor) -> Tensor:
        """Changes the items for which ``chosen``, a bool for each on the CPU, is true."""
        raise NotImplementedError


def per_item(values: Tensor, items: Tensor) -> Tensor:
    """Numbers ``(items,)`` on the CPU as ``(items, 1, 1)`` beside the items."""
    return values.to(items.device)[:, None, None]


def value_range(name: str, value: object, *, above: float = -float("inf")) -> tuple[float, float]:
    """Checks a number, or a pair of a lowest and a highest one.

    Args:
        name: of the argument.
        value: the number or pair.
        above: both must be above it.

    Returns:
        Lowest and highest, equal for a number.

    Raises:
        ValueError: neither, or out of range.

    Example:
        >>> value_range("rate", 2), value_range("snr", (5, 20.5))
        ((2.0, 2.0), (5.0, 20.5))
        >>> value_range("snr", (20, 5))
        Traceback (most recent call last):
            ...
        ValueError: snr=(20, 5): must be a number, or a pair (lowest, highest)
    """
    if isinstance(value, (tuple, list)):
        if len(value) == 2:
            low, high = (number(name, bound, above=above) for bound in value)
            if low <= high:
                return low, high
        raise ValueError(f"{name}={value!r}: must be a number, or a pair (lowest, highest)")
    single = number(name, value, above=above)
    return single, single
