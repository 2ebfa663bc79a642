"""What people wrap around a module for training, and a file has no use for."""

from __future__ import annotations

import copy
import inspect
import sys

from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

_HOLDERS = (nn.DataParallel, nn.parallel.DistributedDataParallel, AveragedModel)


def unwrapped(module: nn.Module) -> nn.Module:
    """The module that stands in what only runs it: compiled, averaged, or spread over devices.

    Example:
        >>> unwrapped(AveragedModel(nn.Linear(2, 3)))
        Linear(in_features=2, out_features=3, bias=True)
    """
    while not (module._forward_hooks or module._forward_pre_hooks):
        if _is_compiled(module):
            module = module._orig_mod  # type: ignore[assignment]
        elif type(module) in _HOLDERS:
            module = module.module  # type: ignore[assignment]
        else:
            break
    return module


def _is_compiled(module: nn.Module) -> bool:
    # Whoever compiled it has loaded PyTorch's compiler, which takes a second.
    compiler = sys.modules.get("torch._dynamo.eval_frame")
    return compiler is not None and isinstance(module, compiler.OptimizedModule)


def unwrapped_copy(module: nn.Module) -> nn.Module:
    """A copy, unwrapped at any depth, of weights that are made anew at each call, too."""
    memo: dict[int, object] = {}
    parts = list(module.modules())
    for part in parts:
        for value in vars(part).values():
            if isinstance(value, Tensor) and not value.is_leaf:  # as weight_norm has them
                memo[id(value)] = value.detach().clone()
    for part in reversed(parts):  # the innermost first
        if (inner := unwrapped(part)) is not part:
            memo[id(part)] = copy.deepcopy(inner, memo)
    return copy.deepcopy(unwrapped(module), memo)


class OneInput(nn.Module):
    """A module whose ``forward`` takes ``*args``, as one with one input."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, audio: Tensor) -> object:
        """The module's outputs."""
        return self.module(audio)


def with_one_input(module: nn.Module) -> nn.Module:
    """The module itself, or its :class:`OneInput`, where its first argument has no name."""
    first = next(iter(inspect.signature(module.forward).parameters.values()), None)
    unnamed = first is not None and first.kind is inspect.Parameter.VAR_POSITIONAL
    return OneInput(module) if unnamed else module
