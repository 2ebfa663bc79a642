"""Does a module give the same output for the same input, twice and in training mode?"""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from nnaudio_exporters.prepare.inputs import Input
from nnaudio_exporters.prepare.outputs import run_eagerly


def check_repeatable(module: nn.Module, frozen: nn.Module, model_input: Input) -> None:
    """Refuses a module whose output depends on chance, its own history or the training mode.

    Args:
        module: as the caller gave it.
        frozen: its frozen copy.
        model_input: its input.

    Raises:
        ValueError: two outputs for one input differ; the message says when.
    """
    sizes = (
        (2, 2 * model_input.min_length) if model_input.open_length else (1, model_input.min_length)
    )
    signal = torch.from_numpy(model_input.generated(*sizes))
    expected = run_eagerly(frozen, signal)
    if not _same(expected, lambda: run_eagerly(frozen, signal)):
        raise ValueError(
            "layer gives two outputs for one input: its forward must not draw random numbers or "
            "change its own state"
        )
    if not module.training:
        return
    # Without gradients, as the copy: PyTorch multiplies matrices in another order with them.
    training = copy.deepcopy(module).cpu().requires_grad_(False).train()
    if not _same(expected, lambda: run_eagerly(training, signal)):
        culprits = [
            f"{type(child).__name__} {name!r}"
            for name, child in training.named_modules()
            if "Drop" in type(child).__name__ or "Norm" in type(child).__name__
        ]
        raise ValueError(
            "layer is in training mode, where its output differs from evaluation mode"
            f"{' (' + ', '.join(culprits) + ')' if culprits else ''}: call .eval() first"
        )


def _same(expected: list[Tensor], run: Callable[[], list[Tensor]]) -> bool:
    try:
        with torch.random.fork_rng(devices=[]):
            found = run()
    except Exception:  # batch norm refuses a single value in training mode, for one
        return False
    return all(torch.equal(a, b) for a, b in zip(expected, found, strict=True))
