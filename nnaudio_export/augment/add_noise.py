"""Noise at a signal-to-noise ratio."""

import torch
from torch import Tensor

from nnaudio_export.augment.augmentation import AudioAugmentation, per_item, value_range


class AddNoise(AudioAugmentation):
    """Adds noise at a random signal-to-noise ratio in training; the identity in evaluation mode.

    The ratio holds exactly for each item, over its whole length and all its channels. Silence
    stays silent: no noise has a ratio to it. Gradients take the noise for a constant.

    Args:
        snr: signal-to-noise ratio in dB, a number or a pair (lowest, highest), uniform for each
            item.
        p: probability that an item is changed, 0 ... 1.
        noise: recordings to add instead of white Gaussian noise, ``(samples,)`` or
            ``(recordings, samples)`` at the audio's sampling rate: each item gets one of them from
            a random sample on, repeated where it is shorter than the audio.
        generator: a :class:`torch.Generator` on the CPU, the seed of a new one, or None for
            PyTorch's own.

    Shape:
        - Input: ``(samples,)``, ``(batch, samples)`` or ``(batch, channels, samples)``.
        - Output: the same.

    Raises:
        ValueError: an argument is out of its range, or (in training) the audio does not fit.

    Reference:
        torchaudio ``transforms.AddNoise``, with a random ratio.

    Example:
        >>> audio = torch.ones(1, 16000)
        >>> noise = AddNoise(snr=20, p=1.0, generator=0)(audio) - audio
        >>> print(f"{10 * torch.log10(audio.square().sum() / noise.square().sum()):.2f} dB")
        20.00 dB
    """

    noise: Tensor  # (recordings, samples); (0, 0): white noise

    def __init__(
        self,
        snr: float | tuple[float, float] = (5.0, 30.0),
        p: float = 0.5,
        *,
        noise: Tensor | None = None,
        generator: torch.Generator | int | None = None,
    ) -> None:
        super().__init__(p, generator)
        self.snr = value_range("snr", snr)
        self.white = noise is None
        recordings = torch.empty(0, 0) if noise is None else _recordings(noise)
        self.register_buffer("noise", recordings, persistent=False)

    def _change(self, items: Tensor, chosen: Tensor) -> Tensor:
        ratios = self._uniform(len(items), *self.snr)
        with torch.no_grad():
            noise = self._white(items) if self.white else self._recorded(items)
            signal_energy = items.square().sum((1, 2), keepdim=True)
            # A recording may be silent where it was cut: then nothing is added.
            noise_energy = noise.square().sum((1, 2), keepdim=True)
            noise_energy = noise_energy.masked_fill(noise_energy == 0, 1.0)
            amplitude = per_item((10 ** (-ratios / 20)).where(chosen, 0.0), items).to(items.dtype)
            noise = noise * (amplitude * (signal_energy / noise_energy).sqrt())
        return items + noise

    def _white(self, items: Tensor) -> Tensor:
        if self.generator is None:
            return torch.randn_like(items)
        # A generator of the CPU cannot draw on a GPU, but it can seed one that does.
        seed = int(torch.randint(2**62, (), generator=self.generator))
        there = torch.Generator(items.device).manual_seed(seed)
        return torch.randn(items.shape, generator=there, dtype=items.dtype, device=items.device)

    def _recorded(self, items: Tensor) -> Tensor:
        recordings, length = self.noise.shape
        which = (self._uniform(len(items)) * recordings).long().to(items.device)
        start = (self._uniform(len(items)) * length).long().to(items.device)
        samples = torch.arange(items.shape[-1], device=items.device)
        cut = self.noise[which[:, None], (start[:, None] + samples) % length]
        return cut.to(items.dtype)[:, None].expand_as(items)

    def extra_repr(self) -> str:
        """The arguments."""
        kind = "white" if self.white else f"{len(self.noise)} recordings"
        return f"snr={self.snr}, p={self.p}, noise={kind}"


def _recordings(noise: Tensor) -> Tensor:
    if not isinstance(noise, Tensor) or not noise.is_floating_point():
        raise ValueError(f"noise is {type(noise).__name__}: must be a floating-point tensor")
    if noise.dim() not in (1, 2) or noise.numel() == 0:
        raise ValueError(
            f"noise has shape {tuple(noise.shape)}: must be (samples,) or (recordings, samples)"
        )
    if not torch.isfinite(noise).all():
        raise ValueError("noise has values that are NaN or infinite: must be finite")
    return noise.detach().reshape(-1, noise.shape[-1]).clone()
