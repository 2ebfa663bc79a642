"""Faster or slower."""

import torch
from torch import Tensor
from torch.nn import functional

from nnaudio_export.augment.augmentation import AudioAugmentation, value_range
from nnaudio_export.augment.vocoder import stretched, vocoder_sizes


class TimeStretch(AudioAugmentation):
    """Changes speed at the same pitch in training; the identity in evaluation mode.

    torchaudio's class of this name takes and gives complex spectrograms; this one works on audio.

    Args:
        rate: how many times as fast, from 1/16 to 16: a number, or a pair (lowest, highest)
            to draw from.
        p: probability of a change, 0 ... 1.
        keep_length: cut the result, or fill it up with zeros at its end, to the length of the
            input; every item then has its own rate. Else a batch has one length, so its items share
            rate and chance.
        n_fft: samples of a frame: longer ones keep tones cleaner, shorter ones attacks.
        hop_length: samples from one frame to the next, at most ``n_fft // 2``; None for
            ``n_fft // 4``.
        generator: a :class:`torch.Generator` on the CPU, the seed of a new one, or None for
            PyTorch's own.

    Shape:
        - Input: ``(samples,)``, ``(batch, samples)`` or ``(batch, channels, samples)``.
        - Output: the same with ``keep_length``, else with ``round(samples / rate)`` samples.

    Raises:
        ValueError: an argument is out of its range, or (in training) the audio does not fit.

    Reference:
        J. Flanagan and R. Golden, "Phase vocoder", Bell Syst. Tech. J. 45, 1966; ``rate`` as in
        torchaudio ``transforms.TimeStretch`` and librosa ``effects.time_stretch``.

    Example:
        >>> TimeStretch(rate=1.25, p=1.0)(torch.zeros(2, 16000)).shape
        torch.Size([2, 12800])
        >>> TimeStretch(rate=1.25, p=1.0, keep_length=True)(torch.zeros(2, 16000)).shape
        torch.Size([2, 16000])
    """

    def __init__(
        self,
        rate: float | tuple[float, float] = (0.8, 1.25),
        p: float = 0.5,
        *,
        keep_length: bool = False,
        n_fft: int = 2048,
        hop_length: int | None = None,
        generator: torch.Generator | int | None = None,
    ) -> None:
        super().__init__(p, generator)
        self.rate = value_range("rate", rate, above=0)
        if self.rate[0] < 1 / 16 or self.rate[1] > 16:
            raise ValueError(f"rate={rate!r}: must be from 1/16 to 16")
        self.keep_length = keep_length
        self.n_fft, self.hop_length = vocoder_sizes(n_fft, hop_length)

    def _change(self, items: Tensor, chosen: Tensor) -> Tensor:
        rates = self._uniform(len(items), *self.rate).where(chosen, 1.0).tolist()
        if not self.keep_length:
            return self._stretched(items, rates[0])
        samples = items.shape[-1]
        pairs = zip(items, rates, strict=True)
        results = [self._stretched(item, rate)[..., :samples] for item, rate in pairs]
        return torch.stack(
            [functional.pad(result, [0, samples - result.shape[-1]]) for result in results]
        )

    def _stretched(self, audio: Tensor, rate: float) -> Tensor:
        if rate == 1:
            return audio
        return stretched(audio, rate=rate, n_fft=self.n_fft, hop_length=self.hop_length)

    def extra_repr(self) -> str:
        """The arguments."""
        return (
            f"rate={self.rate}, p={self.p}, keep_length={self.keep_length}, "
            f"n_fft={self.n_fft}, hop_length={self.hop_length}"
        )
