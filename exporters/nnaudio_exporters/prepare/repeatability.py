"""Does a module give the same output for the same input, however often and in whatever mode?"""

from __future__ import annotations

import copy
import itertools
import pickle
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nnaudio_exporters.prepare.inputs import Input
from nnaudio_exporters.prepare.outputs import run_eagerly

# What comes about by chance or after some calls need not show in two.
_REPEATS, _SECONDS = 20, 2.0
# Of an nn.Module itself; hooks and parts are compared as the module's tree.
_OF_MODULES = ("_parameters", "_buffers", "_modules", "training")


def check_repeatable(module: nn.Module, frozen: nn.Module, model_input: Input) -> None:
    """Refuses a module whose output depends on chance, its own history or the training mode.

    Chance that shows one time in a hundred is found by its cause: a run that draws a random number
    moves on a generator, one that keeps a history changes an attribute.

    Args:
        module: as the caller gave it.
        frozen: its frozen copy.
        model_input: its input.

    Raises:
        ValueError: two outputs for one input differ, or could; the message says why.
    """
    sizes = (
        (2, 2 * model_input.min_length) if model_input.open_length else (1, model_input.min_length)
    )
    signal = torch.from_numpy(model_input.generated(*sizes))
    tried = copy.deepcopy(frozen)
    run_eagerly(tried, signal)  # what the first run caches is no history
    before = dict(_state(tried))
    generators = _generators()
    expected = run_eagerly(tried, signal)
    if (drawn := _moved_on(generators)) is not None:
        raise ValueError(
            f"layer draws from {drawn} random numbers in evaluation mode: its forward must not "
            "draw random numbers outside training, since a file gives one output for one input"
        )
    if (changed := _difference(before, dict(_state(tried)))) is not None:
        raise ValueError(
            f"{changed} is another after each run: in evaluation mode forward must not change its "
            "own state, since a file has no memory of earlier calls"
        )
    end = time.monotonic() + _SECONDS
    for _ in range(_REPEATS):
        if time.monotonic() > end:
            break
        if not _same(expected, lambda: run_eagerly(tried, signal)):
            raise ValueError(
                "layer gives two outputs for one input: its forward must not draw random numbers "
                "or change its own state"
            )
    if module.training:
        _check_training(module, signal, expected)


def _check_training(module: nn.Module, signal: Tensor, expected: list[Tensor]) -> None:
    """Refuses a module that was left in training mode, where that changes its output."""
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


def _generators() -> dict[str, bytes]:
    """The state of the sources of chance that a module may draw from."""
    return {
        "PyTorch's": torch.get_rng_state().numpy().tobytes(),
        "NumPy's": pickle.dumps(np.random.get_state()),  # noqa: NPY002 - the user's code may use it
        "Python's": pickle.dumps(random.getstate()),
    }


def _moved_on(before: dict[str, bytes]) -> str | None:
    """The source that has been drawn from since."""
    return next((name for name, state in _generators().items() if state != before[name]), None)


def _state(module: nn.Module) -> Iterator[tuple[str, object]]:
    """Weights and attributes of a module and its parts, by path, as what can be compared."""
    for path, part in module.named_modules():
        weights = (part.named_parameters(recurse=False), part.named_buffers(recurse=False))
        for name, value in itertools.chain(*weights):
            yield f"{path}.{name}".lstrip("."), _comparable(value)
        for name, value in vars(part).items():
            if name not in _OF_MODULES:
                yield f"{path}.{name}".lstrip("."), _comparable(value)


def _comparable(value: Any) -> object:
    """A value that two equal states share; what cannot be compared counts by its identity."""
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, torch.Generator):
        return value.get_state().clone()
    if isinstance(value, np.random.Generator):
        return pickle.dumps(value.bit_generator.state)
    if isinstance(value, (bool, int, float, str, bytes, type(None))):
        return value
    if isinstance(value, (list, tuple, dict, set)):
        try:
            return pickle.dumps(value)
        except Exception:  # e.g. of functions: then by length
            return len(value)
    return id(value)


def _difference(before: dict[str, object], after: dict[str, object]) -> str | None:
    """The first attribute that is not what it was."""
    for name in (*before, *after):
        if name not in before:
            continue  # a cache that is filled at the first run
        a, b = before[name], after.get(name)
        same = torch.equal(a, b) if isinstance(a, Tensor) and isinstance(b, Tensor) else a == b
        if not same:
            return name
    return None


def _same(expected: list[Tensor], run: Callable[[], list[Tensor]]) -> bool:
    try:
        with torch.random.fork_rng(devices=[]):
            found = run()
    except Exception:  # batch norm refuses a single value in training mode, for one
        return False
    return all(torch.equal(a, b) for a, b in zip(expected, found, strict=True))
