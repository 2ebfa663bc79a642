"""SpecAugment: masks over frames or bins of a spectrogram."""

import torch
from torch import Tensor

from nnaudio_export.augment.augmentation import Augmentation
from nnaudio_export.checks import number, whole_number


class _AxisMasking(Augmentation):
    """One mask of random width and place on an axis of ``(..., bins, frames)``.

    Args:
        axis: -1 for frames, -2 for bins.
        mask_param: the width is drawn from ``[0, mask_param)``.
        largest_share: no mask is wider than this share of the axis.
        iid_masks: every item and channel gets a mask of its own; else all get the same.
        mask_value: what is written.
        generator: see :class:`Augmentation`.
    """

    def __init__(
        self,
        axis: int,
        mask_param: int,
        largest_share: float,
        iid_masks: bool,
        mask_value: float,
        generator: torch.Generator | int | None,
    ) -> None:
        super().__init__(generator)
        self.axis = axis
        self.mask_param = mask_param
        self.largest_share = largest_share
        self.iid_masks = iid_masks
        self.mask_value = number("mask_value", mask_value)

    def _augment(self, x: Tensor) -> Tensor:
        if x.dim() not in (2, 3, 4):
            raise ValueError(
                f"spectrogram has shape {tuple(x.shape)}: must be (bins, frames), (batch, bins, "
                "frames) or (batch, channels, bins, frames)"
            )
        size = x.shape[self.axis]
        widest = min(self.mask_param, int(size * self.largest_share))
        masks = x.shape[:-2].numel() if self.iid_masks else 1
        width = (self._uniform(masks) * widest).long()
        # Whole numbers, unlike torchaudio's: there the last place is next to never masked.
        start = (self._uniform(masks) * (size - width + 1)).long()
        places = torch.arange(size)
        mask = (places >= start[:, None]) & (
            places < start[:, None] + width[:, None]
        )  # (masks, size)
        mask = mask[:, None] if self.axis == -1 else mask[:, :, None]
        if self.iid_masks:
            mask = mask.reshape(x.shape[:-2] + mask.shape[-2:])
        return x.masked_fill(mask.to(x.device), self.mask_value)


class TimeMasking(_AxisMasking):
    """Masks frames of a spectrogram in training, at random; the identity in evaluation mode.

    SpecAugment masks more than once: put several of these in a row.

    Args:
        time_mask_param: frames; the width of a mask is drawn from ``[0, time_mask_param)``.
        iid_masks: every item and channel gets a mask of its own (torchaudio's default is False);
            False: all get the same.
        p: largest share of the frames that may be masked, 0 ... 1 (as in torchaudio: no
            probability).
        mask_value: what is written; choose the value of silence where the spectrogram is in dB.
        generator: a :class:`torch.Generator` on the CPU, the seed of a new one, or None for
            PyTorch's own.

    Shape:
        - Input: ``(bins, frames)``, ``(batch, bins, frames)`` or
          ``(batch, channels, bins, frames)``.
        - Output: the same.

    Raises:
        ValueError: an argument is out of its range, or (in training) the spectrogram does not fit.

    Reference:
        D. Park et al., "SpecAugment", Interspeech 2019, doi:10.21437/Interspeech.2019-2680;
        torchaudio ``transforms.TimeMasking``.

    Example:
        >>> TimeMasking(time_mask_param=4, generator=6)(torch.ones(2, 6))
        tensor([[1., 1., 1., 1., 0., 0.],
                [1., 1., 1., 1., 0., 0.]])
    """

    def __init__(
        self,
        time_mask_param: int,
        iid_masks: bool = True,
        p: float = 1.0,
        *,
        mask_value: float = 0.0,
        generator: torch.Generator | int | None = None,
    ) -> None:
        param = whole_number("time_mask_param", time_mask_param)
        share = number("p", p, minimum=0)
        if share > 1:
            raise ValueError(f"p={p!r}: must be a share of the frames, from 0 to 1")
        super().__init__(-1, param, share, iid_masks, mask_value, generator)

    def extra_repr(self) -> str:
        """The arguments."""
        return (
            f"time_mask_param={self.mask_param}, iid_masks={self.iid_masks}, "
            f"p={self.largest_share}, mask_value={self.mask_value}"
        )


class FrequencyMasking(_AxisMasking):
    """Masks bins of a spectrogram in training, at random; the identity in evaluation mode.

    Args:
        freq_mask_param: bins; the width of a mask is drawn from ``[0, freq_mask_param)``.
        iid_masks: every item and channel gets a mask of its own (torchaudio's default is False);
            False: all get the same.
        mask_value: what is written; choose the value of silence where the spectrogram is in dB.
        generator: a :class:`torch.Generator` on the CPU, the seed of a new one, or None for
            PyTorch's own.

    Shape:
        - Input: ``(bins, frames)``, ``(batch, bins, frames)`` or
          ``(batch, channels, bins, frames)``.
        - Output: the same.

    Raises:
        ValueError: an argument is out of its range, or (in training) the spectrogram does not fit.

    Reference:
        D. Park et al., "SpecAugment", Interspeech 2019, doi:10.21437/Interspeech.2019-2680;
        torchaudio ``transforms.FrequencyMasking``.

    Example:
        >>> FrequencyMasking(freq_mask_param=3, generator=6)(torch.ones(4, 2))
        tensor([[1., 1.],
                [1., 1.],
                [1., 1.],
                [0., 0.]])
    """

    def __init__(
        self,
        freq_mask_param: int,
        iid_masks: bool = True,
        *,
        mask_value: float = 0.0,
        generator: torch.Generator | int | None = None,
    ) -> None:
        param = whole_number("freq_mask_param", freq_mask_param)
        super().__init__(-2, param, 1.0, iid_masks, mask_value, generator)

    def extra_repr(self) -> str:
        """The arguments."""
        return (
            f"freq_mask_param={self.mask_param}, iid_masks={self.iid_masks}, "
            f"mask_value={self.mask_value}"
        )
