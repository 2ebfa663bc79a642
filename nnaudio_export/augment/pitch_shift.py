"""Higher or lower."""

import torch
from torch import Tensor

from nnaudio_export.augment.augmentation import AudioAugmentation, value_range
from nnaudio_export.augment.vocoder import resampled, stretched, vocoder_sizes
from nnaudio_export.checks import whole_number


class PitchShift(AudioAugmentation):
    """Shifts the pitch and keeps the length in training; the identity in evaluation mode.

    A phase vocoder stretches the audio, and resampling brings it back to its length. It costs about
    two FFTs of the audio's length and two STFTs an item.

    Args:
        n_steps: steps up, or down where negative: a number, or a pair (lowest, highest), uniform
            (and not whole) for each item.
        bins_per_octave: steps in an octave.
        p: probability that an item is changed, 0 ... 1.
        n_fft: samples of a frame: longer ones keep tones cleaner, shorter ones attacks.
        hop_length: samples from one frame to the next, at most ``n_fft // 2``; None for
            ``n_fft // 4``.
        generator: a :class:`torch.Generator` on the CPU, the seed of a new one, or None for
            PyTorch's own.

    Shape:
        - Input: ``(samples,)``, ``(batch, samples)`` or ``(batch, channels, samples)``.
        - Output: the same.

    Raises:
        ValueError: an argument is out of its range, or (in training) the audio does not fit.

    Reference:
        J. Flanagan and R. Golden, "Phase vocoder", Bell Syst. Tech. J. 45, 1966; torchaudio
        ``transforms.PitchShift``, with random steps.

    Example:
        >>> tone = torch.sin(2 * torch.pi * 440 * torch.arange(16000) / 16000)
        >>> octave_up = PitchShift(n_steps=12, p=1.0)(tone)
        >>> torch.fft.rfft(octave_up).abs().argmax()  # one bin is 1 Hz
        tensor(880)
    """

    def __init__(
        self,
        n_steps: float | tuple[float, float] = (-4.0, 4.0),
        bins_per_octave: int = 12,
        p: float = 0.5,
        *,
        n_fft: int = 2048,
        hop_length: int | None = None,
        generator: torch.Generator | int | None = None,
    ) -> None:
        super().__init__(p, generator)
        self.n_steps = value_range("n_steps", n_steps)
        self.bins_per_octave = whole_number("bins_per_octave", bins_per_octave)
        self.n_fft, self.hop_length = vocoder_sizes(n_fft, hop_length)
        octaves = max(map(abs, self.n_steps)) / self.bins_per_octave
        if octaves > 4:
            raise ValueError(f"n_steps={n_steps!r}: must stay within 4 octaves up or down")

    def _change(self, items: Tensor, chosen: Tensor) -> Tensor:
        steps = self._uniform(len(items), *self.n_steps).where(chosen, 0.0)
        ratios = (2 ** (steps / self.bins_per_octave)).tolist()
        return torch.stack([self._shifted(*pair) for pair in zip(items, ratios, strict=True)])

    def _shifted(self, item: Tensor, ratio: float) -> Tensor:
        if ratio == 1:
            return item
        longer = stretched(item, rate=1 / ratio, n_fft=self.n_fft, hop_length=self.hop_length)
        return resampled(longer, item.shape[-1])

    def extra_repr(self) -> str:
        """The arguments."""
        return (
            f"n_steps={self.n_steps}, bins_per_octave={self.bins_per_octave}, p={self.p}, "
            f"n_fft={self.n_fft}, hop_length={self.hop_length}"
        )
