"""A block of a chain, and its three faces."""

from dataclasses import replace

from torch import Tensor, nn

from nnaudio_contract.description import Demand, Description, FastForm
from nnaudio_contract.timing import Flow, StreamingForm, StreamPlan


class Block(nn.Module):
    """A step of a chain. ``forward`` is its textbook form, the methods name the other two.

    What stands here holds for every ``nn.Module``: it stays as it is, on rows in the standard
    order, and works frame by frame. A block with a faster equal, or with a state, says so.

    Attributes:
        framewise: ``forward`` works on the frames of many signals as on those of one:
            ``(1, rows, batch * frames)`` gives the same numbers as ``(batch, rows, frames)``.
    """

    framewise = False  # not annotated: TorchScript reads annotations

    def reads(self, behind: Demand) -> Demand:  # noqa: ARG002 - other blocks pass it on
        """What the block reads of its input, where the blocks behind read so much of its output."""
        return Demand()

    def fast_form(self, given: Description, read: Demand, tolerance: float) -> FastForm:  # noqa: ARG002
        """The block's faster equal, for inference.

        Args:
            given: what its input holds.
            read: what the blocks behind read of its output.
            tolerance: largest error of any output, relative to the largest output; 0 for a form
                that differs by rounding only, which what stands behind may ask for.
        """
        return FastForm([*given.restored(), self], Description())

    def streaming_form(self, flow: Flow, plan: StreamPlan) -> StreamingForm:
        """The block's form for chunks.

        A block that works over frames reserves a part of ``plan.state`` for what it keeps. A stream
        begins with frames that do not exist, of the zeros in front; where those would be heard
        later, the form sets ``plan.state.reads_present`` and multiplies by ``plan.state.present``.

        Args:
            flow: what is known of its input.
            plan: the length of a chunk, and the state to reserve a part in.
        """
        if getattr(self, "framewise", False):
            return StreamingForm([self], flow)
        return StreamingForm([*flow.separated(plan), self], replace(flow, merged=False))


class Identity(Block):
    """Gives what it is given; a lowered or streamed chain does without it."""

    def forward(self, x: Tensor) -> Tensor:
        """The input."""
        return x

    def reads(self, behind: Demand) -> Demand:
        """What the blocks behind read."""
        return behind

    def fast_form(self, given: Description, read: Demand, tolerance: float) -> FastForm:  # noqa: ARG002
        """Nothing."""
        return FastForm([], given)

    def streaming_form(self, flow: Flow, plan: StreamPlan) -> StreamingForm:  # noqa: ARG002
        """Nothing."""
        return StreamingForm([], flow)
