"""Half precision: what computes in it, how values are kept in its range, how closely it agrees.

What is linear computes in half precision: filter banks and their adjoints, and a network's
convolutions and matrix products. Each becomes an island: its input is multiplied by a power of two
and rounded, its output widened and divided again. What is not linear (squares, roots, logarithms,
filters over powers, window sums) stays in float32, between the islands: the power of audio from
-80 dB to full scale spans more than float16 has, at any gain.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import torch
from nnaudio_contract import Described
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from nnaudio_exporters.errors import ExportError


@dataclass(frozen=True)
class Precision:
    """A number format that graphs compute in.

    Attributes:
        name: as the exporters take it.
        dtype: of weights and values.
        tolerance: of parity with the float32 module, relative to the output's maximum: in half
            precision eight roundings, of audio, kernels and what lies between them.
        peak: largest value that an island may hold; None where the format has float32's range.
    """

    name: str
    dtype: torch.dtype
    tolerance: float
    peak: float | None = None


PRECISIONS = {
    precision.name: precision
    for precision in (
        Precision("fp32", torch.float32, 1e-5),
        Precision("fp16", torch.float16, 8 * 2.0**-11, peak=2.0**15),
        Precision("bf16", torch.bfloat16, 8 * 2.0**-8),
    )
}
FP32 = PRECISIONS["fp32"]

_ADJOINT_GAIN = 2.0**8

# What a user's network is made of; subclasses may do more than these.
_LINEAR = (
    nn.Linear,
    nn.Conv1d,
    nn.Conv2d,
    nn.Conv3d,
    nn.ConvTranspose1d,
    nn.ConvTranspose2d,
    nn.ConvTranspose3d,
)


def check_precision(precision: str) -> Precision:
    """The format by its name.

    Raises:
        ValueError: there is no such format.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision={precision!r}: must be one of {', '.join(PRECISIONS)}")
    return PRECISIONS[precision]


class Island(nn.Module):
    """A linear block in half precision, float32 in and out.

    Args:
        block: a map without constant term where ``gain`` is not 1.
        precision: of its weights and values.
        gain: a power of two by which its input is multiplied and its output divided: exact, and
            what would be too small for the format is not.

    Example:
        >>> double = nn.Linear(1, 1, bias=False)
        >>> _ = nn.init.constant_(double.weight, 2.0)
        >>> Island(double, PRECISIONS["fp16"], gain=2.0**10)(torch.tensor([2.0**-30])) * 2**29
        tensor([1.], grad_fn=<MulBackward0>)
    """

    def __init__(self, block: nn.Module, precision: Precision, gain: float) -> None:
        super().__init__()
        self.dtype = precision.dtype
        self.block = block.to(self.dtype)
        self.amplify, self.restore = _times(gain), _times(1 / gain)

    def forward(self, x: Tensor) -> Tensor:
        """As the block's."""
        return self.restore(self.block(self.amplify(x).to(self.dtype)).float())


class IslandBothWays(Island):
    """An :class:`Island` whose block has an adjoint, of spectra.

    Its kernel weighs them: they are ``spectrum_level`` times as large as the audio, which is put
    right before they are rounded. The values on the way back to audio in -1 ... 1 are at most
    sqrt(n_fft) by Parseval's theorem: 2**8 times that fits.
    """

    def __init__(self, block: nn.Module, precision: Precision, gain: float) -> None:
        level = 2.0 ** round(math.log2(block.spectrum_level))  # type: ignore[arg-type]
        block.get_buffer("kernel").mul_(level)
        super().__init__(block, precision, gain)
        back = _ADJOINT_GAIN if precision.peak else 1.0
        self.amplify_spectrum, self.restore_audio = _times(back / level), _times(1 / back)

    def adjoint(self, spectrum: Tensor) -> Tensor:
        """As the block's."""
        half = self.amplify_spectrum(spectrum).to(self.dtype)
        return self.restore_audio(self.block.adjoint(half).float())  # type: ignore[operator]


def _times(factor: float) -> nn.Module:
    return nn.Identity() if factor == 1 else _Times(factor)


class _Times(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor


def with_islands(module: nn.Module, precision: Precision, example: Tensor) -> nn.Module:
    """The module with its linear blocks in half precision.

    Args:
        module: is changed.
        precision: ``FP32`` changes nothing.
        example: an input, the shortest there is.

    Raises:
        ExportError: the module has nothing that could be in half precision.
    """
    if precision is FP32:
        return module
    gains = _gains(module, precision, example)
    if _is_linear(module):
        return _island(module, precision, gains).eval()
    replaced = list(_islands(module, precision, gains))
    if not replaced:
        raise ExportError(
            f"precision={precision.name!r}: nothing in the module is linear in audio or spectra, "
            "and the rest must be float32: use precision='fp32'"
        )
    for place in replaced:
        place.enter()
    if not _runs(module, example):
        # Some module reads a weight of its part, as attention does: that part stays as it is.
        for place in replaced:
            place.leave()
        for place in replaced:
            place.enter()
            if not _runs(module, example):
                place.leave()
    return module.eval()


class _Place(NamedTuple):
    """Where an island may stand."""

    parent: nn.Module
    name: str
    block: nn.Module
    island: nn.Module

    def enter(self) -> None:
        setattr(self.parent, self.name, self.island)

    def leave(self) -> None:
        setattr(self.parent, self.name, self.block)


def _runs(module: nn.Module, example: Tensor) -> bool:
    try:
        with torch.inference_mode():
            module.eval()(example)
    except Exception:  # whatever the user's module says of a part that is another
        return False
    return True


def _is_linear(module: nn.Module) -> bool:
    """A block that says so, or a layer of a network."""
    return bool(getattr(module, "linear", False)) or type(module) in _LINEAR


def _islands(
    module: nn.Module, precision: Precision, gains: dict[nn.Module, float]
) -> Iterator[_Place]:
    for name, child in module.named_children():
        if _is_linear(child):
            yield _Place(module, name, child, _island(child, precision, gains))
        else:
            yield from _islands(child, precision, gains)


def _island(block: nn.Module, precision: Precision, gains: dict[nn.Module, float]) -> nn.Module:
    # Weights may be another part's, too: the island has its own.
    copied = copy.deepcopy(block)
    kind = IslandBothWays if hasattr(block, "spectrum_level") else Island
    return kind(copied, precision, gains.get(block, 1.0))


def _gains(module: nn.Module, precision: Precision, example: Tensor) -> dict[nn.Module, float]:
    """For each bank that reads audio in -1 ... 1, the largest gain with which it cannot overflow.

    Spectra have no largest value that would be known: blocks that read them are not in the result.
    """
    if precision.peak is None:
        return {}
    shapes: dict[nn.Module, Tensor] = {}
    banks = list(_banks_of_audio(module))

    def note(bank: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        shapes[bank] = inputs[0]

    with _hooked([bank.register_forward_pre_hook(note) for bank in banks]), torch.inference_mode():
        module(example)
    return {
        bank: 2.0 ** math.floor(math.log2(precision.peak / _peak(bank, audio)))
        for bank, audio in shapes.items()
    }


def _banks_of_audio(module: nn.Module) -> Iterator[nn.Module]:
    if isinstance(module, Described):
        if "samples" in module.describe().input_axes:
            yield from (block for block in module.modules() if getattr(block, "linear", False))
        return
    for child in module.children():
        yield from _banks_of_audio(child)


def _peak(bank: nn.Module, audio: Tensor) -> float:
    """A bound of what a bank computes of audio in -1 ... 1: its weights' sizes, on audio of 1."""
    sizes = copy.deepcopy(bank)
    for weight in [*sizes.parameters(), *sizes.buffers()]:
        if weight.is_floating_point():
            weight.data = weight.data.abs()
    peaks = [1.0]

    def note(_: nn.Module, __: object, output: object) -> None:
        peaks.extend(float(values.max()) for values in _tensors(output))

    hooks = [part.register_forward_hook(note) for part in sizes.modules()]
    with _hooked(hooks), torch.inference_mode():
        sizes(torch.ones_like(audio))
    return max(peaks)


def _tensors(output: object) -> Iterator[Tensor]:
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, (tuple, list)):
        for part in output:
            yield from _tensors(part)


@contextmanager
def _hooked(handles: list[RemovableHandle]) -> Iterator[None]:
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
