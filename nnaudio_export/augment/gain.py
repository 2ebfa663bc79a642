"""Louder or quieter."""

import torch
from torch import Tensor

from nnaudio_export.augment.augmentation import AudioAugmentation, per_item, value_range


class Gain(AudioAugmentation):
    """Multiplies the audio by a random gain in training; the identity in evaluation mode.

    Args:
        gain_db: dB, a number or a pair (lowest, highest), uniform in dB for each item. Above 0 the
            audio may leave -1 ... 1: nothing is clipped.
        p: probability that an item is changed, 0 ... 1.
        generator: a :class:`torch.Generator` on the CPU, the seed of a new one, or None for
            PyTorch's own.

    Shape:
        - Input: ``(samples,)``, ``(batch, samples)`` or ``(batch, channels, samples)``.
        - Output: the same.

    Raises:
        ValueError: an argument is out of its range, or (in training) the audio does not fit.

    Reference:
        torchaudio ``transforms.Vol`` with ``gain_type="db"``, with a random gain.

    Example:
        >>> audio = torch.ones(2, 3)
        >>> Gain(gain_db=20, p=1.0)(audio)
        tensor([[10., 10., 10.],
                [10., 10., 10.]])
        >>> Gain(gain_db=20).eval()(audio) is audio
        True
    """

    def __init__(
        self,
        gain_db: float | tuple[float, float] = (-18.0, 6.0),
        p: float = 0.5,
        *,
        generator: torch.Generator | int | None = None,
    ) -> None:
        super().__init__(p, generator)
        self.gain_db = value_range("gain_db", gain_db)

    def _change(self, items: Tensor, chosen: Tensor) -> Tensor:
        gains = 10 ** (self._uniform(len(items), *self.gain_db) / 20)
        return items * per_item(gains.where(chosen, 1.0), items).to(items.dtype)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"gain_db={self.gain_db}, p={self.p}"
