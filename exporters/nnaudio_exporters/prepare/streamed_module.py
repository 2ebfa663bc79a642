"""The graph of a stream: a module as a pure function of chunk and state."""

from __future__ import annotations

from nnaudio_contract import StreamState
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves


class StreamedModule(nn.Module):
    """A module as a pure function: ``(chunk, state[, present])`` → ``(outputs…, next state)``.

    Args:
        module: its front ends are streamed already.
        memory: the state that they share.
    """

    def __init__(self, module: nn.Module, memory: StreamState) -> None:
        super().__init__()
        self.module = module
        self.memory = memory

    def forward(self, chunk: Tensor, state: Tensor, present: Tensor | None = None) -> object:
        """As the module, with the state's two ends."""
        self.memory.start(state, present)
        result = self.module(chunk)
        if isinstance(result, Tensor):
            return result, self.memory.finish()
        outputs = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        return (*outputs, self.memory.finish())
