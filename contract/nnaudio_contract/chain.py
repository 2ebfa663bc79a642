"""A chain of blocks, lowered or made to stream: two folds that know no block by its type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from torch import nn

from nnaudio_contract.block import Block
from nnaudio_contract.description import Demand, Description, FastForm
from nnaudio_contract.ownership import added_to
from nnaudio_contract.spec import LayerSpec
from nnaudio_contract.stream_state import StreamState
from nnaudio_contract.timing import Flow, StreamedPart, StreamPlan

# A class that changes forward below one of these says so by writing it again.
_LOWERING = ("fast_form", "reads")


def fast_forms(
    blocks: Sequence[nn.Module], given: Description, read: Demand, tolerance: float
) -> FastForm:
    """The faster equals of blocks that stand one behind the other.

    First from the last block to the first: what does each read? Then from the first to the last,
    with what each gives.

    Args:
        blocks: the chain.
        given: what its input holds.
        read: what is read of its output.
        tolerance: largest error of any output, relative to the largest output.
    """
    behind: list[Demand] = []
    for block in reversed(blocks):
        behind.append(read)
        read = _face(block, "reads")(read)
    modules: list[nn.Module] = []
    for block, demand in zip(blocks, reversed(behind), strict=True):
        form = _face(block, "fast_form")(given, demand, tolerance)
        modules += form.modules
        given = form.gives
    return FastForm(modules, given)


def lowered_chain(blocks: Sequence[nn.Module], tolerance: float) -> list[nn.Module] | None:
    """The faster equal of a chain; None where no block has one."""
    form = fast_forms(blocks, Description(), Demand(), tolerance)
    modules = [*form.modules, *form.gives.restored()]
    new = set(modules) - set(blocks)
    return modules if new else None


def streamed_chain(
    spec: LayerSpec, blocks: Sequence[nn.Module], state: StreamState, frames: int
) -> StreamedPart:
    """The form of a chain that takes chunks.

    Padding is left to the runtime; filter banks and overlap-add keep a state.

    Args:
        spec: description of the front end.
        blocks: of the front end, or of its lowered form.
        state: in which blocks reserve their parts.
        frames: of a chunk.
    """
    plan = StreamPlan(spec, state, frames)
    flow = Flow()
    modules: list[nn.Module] = []
    for block in blocks:
        form = _face(block, "streaming_form")(flow, plan)
        modules += form.modules
        flow = form.flow
    return StreamedPart(nn.Sequential(*modules, *flow.separated(plan)), flow.timing)


def _face(block: nn.Module, name: str) -> Callable[..., Any]:
    """A method of the block's own, or what holds for every module."""
    own: Callable[..., Any] | None = getattr(block, name, None)
    if own is None or (name != "streaming_form" and added_to(block, *_LOWERING)):
        return partial(getattr(Block, name), block)
    return own
