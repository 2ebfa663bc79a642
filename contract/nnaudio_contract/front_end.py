"""Front ends: modules that describe themselves, and know a faster equal and a form for chunks."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from nnaudio_contract.chain import lowered_chain, streamed_chain
from nnaudio_contract.spec import Described, LayerSpec
from nnaudio_contract.stream_state import StreamState
from nnaudio_contract.timing import StreamedPart


@runtime_checkable
class Lowerable(Described, Protocol):
    """A front end that knows a faster equal of itself."""

    def lowered(self, tolerance: float) -> nn.Module:
        """The faster equal, or itself.

        Args:
            tolerance: largest error of any output, relative to the largest output; 0 for a form
                that differs by rounding only, which what stands behind may ask for.
        """
        ...


@runtime_checkable
class Streamable(Described, Protocol):
    """A front end that knows its streaming form."""

    def streamed(self, state: StreamState, frames: int) -> StreamedPart:
        """The form that takes chunks.

        Args:
            state: in which blocks reserve their parts.
            frames: of a chunk.

        Raises:
            ValueError: it has none; the message says why, and what has one.
        """
        ...


class FrontEnd(nn.Module):
    """Base of front ends whose ``forward`` is a chain of blocks.

    A class of its own says what it is (:meth:`describe`) and names its blocks (:meth:`chain`); the
    other two methods follow. Where ``forward`` is no chain, it overrides them.
    """

    def describe(self) -> LayerSpec:
        """What the exporters need to know."""
        raise NotImplementedError

    def chain(self) -> list[nn.Module]:
        """The blocks that ``forward`` goes through, one after the other; none for other layers."""
        return []

    def lowered(self, tolerance: float) -> nn.Module:
        """The front end's faster equal, for inference; itself where it has none.

        Args:
            tolerance: largest error of any output, relative to the largest output; 0 for a form
                that differs by rounding only, which what stands behind may ask for.
        """
        blocks = lowered_chain(self.chain(), tolerance)
        return self if blocks is None else LoweredFrontEnd(self.describe(), blocks, self)

    def streamed(self, state: StreamState, frames: int) -> StreamedPart:
        """The form that takes chunks.

        Args:
            state: in which blocks reserve their parts.
            frames: of a chunk.
        """
        return streamed_chain(self.describe(), self.chain(), state, frames)


class LoweredFrontEnd(nn.Module):
    """A front end's faster equal: same input, same output, same description; for inference.

    Args:
        spec: the front end's description.
        blocks: what replaces its own.
        textbook: the front end; a model's ``layer(audio, output_format=...)`` still goes to it.
    """

    def __init__(self, spec: LayerSpec, blocks: Sequence[nn.Module], textbook: nn.Module) -> None:
        super().__init__()
        self.spec = spec
        self.textbook = (textbook,)  # out of sight of modules(): it is no part of this one
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x: Tensor) -> Tensor:
        """As the front end's."""
        return self.blocks(x)

    def __call__(self, x: Tensor, *args: Any, **kwargs: Any) -> Any:
        """As the front end's."""
        given = [*args, *kwargs.values()]
        if all(value is None for value in given):
            return super().__call__(x)
        return self.textbook[0](x, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        """Parts and attributes of the front end, for a model that reaches into it."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            if "textbook" not in self.__dict__:  # while it is being made or unpickled
                raise
            return getattr(self.__dict__["textbook"][0], name)

    def _apply(self, fn: Any, recurse: bool = True) -> "LoweredFrontEnd":
        self.textbook[0]._apply(fn, recurse)  # .to() and .double() reach it all the same
        return super()._apply(fn, recurse)  # type: ignore[no-untyped-call]

    @torch.jit.unused
    def describe(self) -> LayerSpec:
        """As the front end's."""
        return self.spec

    @torch.jit.unused
    def streamed(self, state: StreamState, frames: int) -> StreamedPart:
        """The lowered blocks, made to take chunks."""
        return streamed_chain(self.spec, list(self.blocks), state, frames)
