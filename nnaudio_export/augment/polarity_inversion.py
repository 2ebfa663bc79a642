"""The sign of the audio."""

import torch
from torch import Tensor

from nnaudio_export.augment.augmentation import AudioAugmentation, per_item


class PolarityInversion(AudioAugmentation):
    """Turns the audio's sign in training, at random; the identity in evaluation mode.

    Nobody hears it, and a magnitude spectrogram of it alone is the same: it is for models that see
    samples, or phases.

    Args:
        p: probability that an item is inverted, 0 ... 1.
        generator: a :class:`torch.Generator` on the CPU, the seed of a new one, or None for
            PyTorch's own.

    Shape:
        - Input: ``(samples,)``, ``(batch, samples)`` or ``(batch, channels, samples)``.
        - Output: the same.

    Raises:
        ValueError: an argument is out of its range, or (in training) the audio does not fit.

    Example:
        >>> PolarityInversion(p=1.0)(torch.tensor([0.5, -0.25]))
        tensor([-0.5000,  0.2500])
    """

    def __init__(self, p: float = 0.5, *, generator: torch.Generator | int | None = None) -> None:
        super().__init__(p, generator)

    def _change(self, items: Tensor, chosen: Tensor) -> Tensor:
        return torch.where(per_item(chosen, items), -items, items)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"p={self.p}"
