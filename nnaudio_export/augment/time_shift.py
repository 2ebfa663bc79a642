"""Earlier or later."""

import torch
from torch import Tensor

from nnaudio_export.augment.augmentation import AudioAugmentation
from nnaudio_export.checks import whole_number


class TimeShift(AudioAugmentation):
    """Moves the audio in time in training, at random; the identity in evaluation mode.

    Args:
        max_shift: samples, at least 1: an item moves by a whole number of them, uniform in
            ``-max_shift ... max_shift``; above 0 it comes later.
        p: probability that an item is changed, 0 ... 1.
        rollover: what leaves at one end enters at the other; False: zeros enter.
        generator: a :class:`torch.Generator` on the CPU, the seed of a new one, or None for
            PyTorch's own.

    Shape:
        - Input: ``(samples,)``, ``(batch, samples)`` or ``(batch, channels, samples)``.
        - Output: the same.

    Raises:
        ValueError: an argument is out of its range, or (in training) the audio does not fit.

    Example:
        >>> TimeShift(max_shift=2, p=1.0, generator=0)(torch.arange(1.0, 6.0))
        tensor([5., 1., 2., 3., 4.])
        >>> TimeShift(max_shift=2, p=1.0, rollover=False, generator=0)(torch.arange(1.0, 6.0))
        tensor([0., 1., 2., 3., 4.])
    """

    def __init__(
        self,
        max_shift: int,
        p: float = 0.5,
        *,
        rollover: bool = True,
        generator: torch.Generator | int | None = None,
    ) -> None:
        super().__init__(p, generator)
        self.max_shift = whole_number("max_shift", max_shift)
        self.rollover = rollover

    def _change(self, items: Tensor, chosen: Tensor) -> Tensor:
        # floor of a uniform number over as many steps as there are shifts
        draws = self._uniform(len(items), -self.max_shift, self.max_shift + 1)
        shifts = draws.floor().long().where(chosen, 0).to(items.device)
        length = items.shape[-1]
        source = torch.arange(length, device=items.device) - shifts[:, None]  # (items, samples)
        index = source.remainder(length)[:, None].expand_as(items)
        shifted = items.gather(-1, index)
        if self.rollover:
            return shifted
        return shifted.masked_fill(((source < 0) | (source >= length))[:, None], 0.0)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"max_shift={self.max_shift}, p={self.p}, rollover={self.rollover}"
