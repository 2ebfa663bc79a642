"""The first block of every layer: checks the input and brings it to one shape.

Eager mode checks everything and says what would be right. A scripted or exported graph holds
none of these checks (``torch.jit.is_scripting`` is resolved when the graph is built); there the
runtime makes them, from the metadata of the file.
"""

import torch
from nnaudio_contract import Block, Flow, StreamingForm, StreamPlan
from torch import Tensor

_DTYPES = (torch.float32, torch.float64, torch.bfloat16)


def _require_tensor(name: str, x: object) -> None:
    if not isinstance(x, Tensor):
        raise TypeError(
            f"{name} is a {type(x).__name__}: must be a torch.Tensor "
            "(torch.from_numpy takes a NumPy array)"
        )


def _has_values_at_hand(x: Tensor) -> bool:
    """Looking at them on an accelerator waits for it; while a graph is traced there are none."""
    traced = torch.compiler.is_compiling() or torch.jit.is_tracing()
    return x.device.type == "cpu" and not traced


class _Input(Block):
    """What audio and spectrogram inputs share: dtype, device and finite values."""

    dtype_probe: Tensor  # (0,), follows the layer's .to(dtype) and .to(device)

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("dtype_probe", torch.empty(0), persistent=False)

    @torch.jit.unused
    def check_values(self, name: str, x: Tensor) -> None:
        layer_dtype = self.dtype_probe.dtype
        if layer_dtype not in _DTYPES:
            raise ValueError(
                f"the layer has dtype {layer_dtype}, whose range cannot hold squared magnitudes: "
                "use torch.float32, torch.float64 or torch.bfloat16"
            )
        if not x.is_floating_point():
            raise ValueError(
                f"{name} has dtype {x.dtype}: must be floating point in -1 ... 1 "
                "(divide int16 samples by 32768)"
            )
        if x.dtype != layer_dtype:
            raise ValueError(
                f"{name} has dtype {x.dtype}, the layer has {layer_dtype}: "
                f"call .to({layer_dtype}) on one of them"
            )
        # One pass, no temporary.
        if _has_values_at_hand(x) and not torch.isfinite(x.detach().sum()):
            bad = int((~torch.isfinite(x.detach())).sum())
            if bad:  # else only the sum overflowed
                raise ValueError(
                    f"{name} has {bad} values that are NaN or infinite: must be finite"
                )


class AudioInput(_Input):
    """Audio of any accepted rank → ``(batch, 1, samples)``.

    Accepted are ``(batch, samples)``, ``(batch, 1, samples)`` and ``(samples,)``.

    Args:
        min_samples: shortest audio that the layer accepts.

    Raises:
        TypeError: the audio is no tensor.
        ValueError: wrong rank, dtype or length, or values that are not finite (on the CPU).

    Example:
        >>> AudioInput(min_samples=3)(torch.zeros(2))
        Traceback (most recent call last):
            ...
        ValueError: audio has 2 samples: must have at least 3
    """

    def __init__(self, min_samples: int) -> None:
        super().__init__()
        self.min_samples = min_samples

    def forward(self, audio: Tensor) -> Tensor:
        if torch.jit.is_scripting():
            return audio.reshape(-1, 1, audio.shape[-1])
        return self.checked(audio)

    def streaming_form(self, flow: Flow, plan: StreamPlan) -> StreamingForm:  # noqa: ARG002
        # A chunk may be shorter than the shortest signal.
        return StreamingForm([AudioInput(1).to(self.dtype_probe)], flow)

    @torch.jit.unused
    def checked(self, audio: Tensor) -> Tensor:
        _require_tensor("audio", audio)
        if audio.dim() not in (1, 2, 3) or (audio.dim() == 3 and audio.shape[1] != 1):
            raise ValueError(
                f"audio has shape {tuple(audio.shape)}: must be (samples,), (batch, samples) "
                "or (batch, 1, samples)"
            )
        if audio.dim() > 1 and audio.shape[0] == 0:
            raise ValueError(f"audio has shape {tuple(audio.shape)}: the batch must not be empty")
        if audio.shape[-1] < self.min_samples:
            raise ValueError(
                f"audio has {audio.shape[-1]} samples: must have at least {self.min_samples}"
            )
        self.check_values("audio", audio)
        # Not one reshape for all: this keeps the batch axis readable in an exported graph.
        if audio.dim() == 1:
            return audio[None, None]
        return audio.unsqueeze(1) if audio.dim() == 2 else audio


class SpectrogramInput(_Input):
    """Complex spectrogram ``(batch, bins, frames, 2)`` → ``(batch, 2 * bins, frames)``.

    Real parts come first, then the imaginary ones, as the filter banks give them.

    Args:
        bins: number of frequency bins.
        min_frames: fewest frames that the layer accepts.

    Raises:
        TypeError: the spectrogram is no tensor.
        ValueError: wrong shape or dtype, or values that are not finite (on the CPU).
    """

    def __init__(self, bins: int, min_frames: int) -> None:
        super().__init__()
        self.bins = bins
        self.min_frames = min_frames

    def forward(self, spectrogram: Tensor) -> Tensor:
        if not torch.jit.is_scripting():
            self.check(spectrogram, self.min_frames)
        return self.channels(spectrogram)

    def streaming_form(self, flow: Flow, plan: StreamPlan) -> StreamingForm:  # noqa: ARG002
        return StreamingForm([SpectrogramInput(self.bins, 1).to(self.dtype_probe)], flow)

    def channels(self, spectrogram: Tensor) -> Tensor:
        """The layout alone, without the checks."""
        return spectrogram.permute(0, 3, 1, 2).flatten(1, 2)

    @torch.jit.unused
    def check(self, spectrogram: Tensor, min_frames: int) -> None:
        _require_tensor("spectrogram", spectrogram)
        shape = tuple(spectrogram.shape)
        if len(shape) != 4 or shape[1] != self.bins or shape[3] != 2 or shape[0] == 0:
            raise ValueError(
                f"spectrogram has shape {shape}: must be complex, (batch, {self.bins} bins, "
                "frames, 2); a magnitude has no phase to invert"
            )
        if shape[2] < min_frames:
            raise ValueError(f"spectrogram has {shape[2]} frames: must have at least {min_frames}")
        self.check_values("spectrogram", spectrogram)


class MagnitudeInput(_Input):
    """Magnitudes or powers ``(batch, bins, frames)``, at least 0 → the same.

    Args:
        name: what they are, for the messages: ``"magnitude"`` or ``"mel"``.
        bins: number of rows.
        min_frames: fewest frames that the layer accepts.

    Raises:
        TypeError: the input is no tensor.
        ValueError: wrong shape or dtype, or values below 0 or not finite (on the CPU).

    Example:
        >>> MagnitudeInput("mel", bins=40, min_frames=1)(torch.zeros(1, 80, 9))
        Traceback (most recent call last):
            ...
        ValueError: mel has shape (1, 80, 9): must be (batch, 40 bins, frames)
    """

    def __init__(self, name: str, bins: int, min_frames: int) -> None:
        super().__init__()
        self.name = name
        self.bins = bins
        self.min_frames = min_frames

    def forward(self, magnitude: Tensor) -> Tensor:
        if not torch.jit.is_scripting():
            self.check(magnitude)
        return magnitude

    @torch.jit.unused
    def check(self, magnitude: Tensor) -> None:
        _require_tensor(self.name, magnitude)
        shape = tuple(magnitude.shape)
        if len(shape) != 3 or shape[1] != self.bins or shape[0] == 0:
            raise ValueError(
                f"{self.name} has shape {shape}: must be (batch, {self.bins} bins, frames)"
            )
        if shape[2] < self.min_frames:
            raise ValueError(
                f"{self.name} has {shape[2]} frames: must have at least {self.min_frames}"
            )
        self.check_values(self.name, magnitude)
        if _has_values_at_hand(magnitude) and magnitude.detach().amin() < 0:
            below = int((magnitude.detach() < 0).sum())
            raise ValueError(
                f"{self.name} has {below} values below 0: must be a magnitude or power, not "
                "decibels or a complex part"
            )
