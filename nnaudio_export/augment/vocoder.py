"""The phase vocoder: another speed at the same pitch, and resampling to a length.

Training only: it uses PyTorch's FFT and complex numbers, which no exported graph holds.
"""

import math

import torch
from torch import Tensor

from nnaudio_export.checks import whole_number


def vocoder_sizes(n_fft: object, hop_length: object | None) -> tuple[int, int]:
    """Checks frame and hop in samples; None for a hop of ``n_fft // 4``.

    Raises:
        ValueError: out of range. The hop may be half a frame at most, else frames do not overlap.
    """
    fft = whole_number("n_fft", n_fft, minimum=4)
    hop = fft // 4 if hop_length is None else hop_length
    return fft, whole_number("hop_length", hop, maximum=fft // 2)


def stretched(audio: Tensor, *, rate: float, n_fft: int, hop_length: int) -> Tensor:
    """Plays audio ``rate`` times as fast at the same pitch.

    Args:
        audio: ``(..., samples)``.
        rate: above 0; 2 halves the length.
        n_fft: samples of a frame: longer ones keep tones cleaner, shorter ones attacks.
        hop_length: samples from one frame of the result to the next.

    Returns:
        ``(..., round(samples / rate))``, at least one sample.

    Reference:
        J. Flanagan and R. Golden, "Phase vocoder", Bell Syst. Tech. J. 45, 1966; M. Puckette,
        "Phase-locked vocoder", IEEE WASPAA 1995.

    Example:
        >>> stretched(torch.zeros(2, 1000), rate=0.5, n_fft=256, hop_length=64).shape
        torch.Size([2, 2000])
    """
    samples = audio.shape[-1]
    length = max(1, round(samples / rate))
    window = torch.hann_window(n_fft, dtype=audio.dtype, device=audio.device)
    spectrum = torch.stft(
        audio.reshape(-1, samples),
        n_fft,
        hop_length,
        window=window,
        pad_mode="constant",
        return_complex=True,
    )  # (items, bins, frames)
    spectrum = _at_rate(spectrum, rate)
    result = torch.istft(spectrum, n_fft, hop_length, window=window, length=length)
    return result.reshape((*audio.shape[:-1], length))


def _at_rate(spectrum: Tensor, rate: float) -> Tensor:
    """Spectra at times ``0, rate, 2 * rate ...`` frames, phases continued: the vocoder proper."""
    frames = spectrum.shape[-1]
    times = torch.arange(math.ceil(frames / rate), dtype=torch.float64) * rate
    # Rounding must not push the last one beyond the end.
    before = times.floor().long().clamp(max=frames - 1).to(spectrum.device)
    share = (times - times.floor()).to(spectrum.device, spectrum.real.dtype)
    # Behind the end lies silence.
    spectrum = torch.nn.functional.pad(spectrum, [0, 1])
    first, second = spectrum[..., before], spectrum[..., before + 1]
    magnitude = first.abs().lerp(second.abs(), share)
    # How far a bin turns from one frame to the next. Whole turns do not count, and without them
    # the sum over many frames stays small enough for float32.
    turns = second.angle() - first.angle()
    turns = turns - 2 * math.pi * torch.round(turns / (2 * math.pi))
    phase = first[..., :1].angle() + turns.cumsum(-1) - turns
    bins = torch.polar(magnitude, phase)
    # Summed on their own, the phases of neighbouring bins drift apart, and a tone loses level and
    # focus. A bin takes the phase of the strongest around it; in a frame that starts at its first
    # sample, neighbours of one tone have opposite signs.
    around = torch.nn.functional.pad(bins, [0, 0, 1, 1])
    locked = bins - around[:, :-2] - around[:, 2:]
    return torch.polar(magnitude, locked.angle())


def resampled(audio: Tensor, length: int) -> Tensor:
    """Audio ``(..., samples)`` as ``(..., length)``: band-limited interpolation by the FFT.

    It takes the audio as periodic, so that what is close to one end sounds faintly at the other.

    Example:
        >>> resampled(torch.ones(4), 6)
        tensor([1., 1., 1., 1., 1., 1.])
    """
    samples = audio.shape[-1]
    spectrum = torch.fft.rfft(audio)
    # irfft cuts or pads the spectrum, and its own scale is 1 / length.
    return torch.fft.irfft(spectrum, n=length) * (length / samples)
