"""Does a module give the same output for the same input, however often and in whatever mode?"""

from __future__ import annotations

import copy
import itertools
import pickle
import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nnaudio_exporters.prepare.inputs import Input
from nnaudio_exporters.prepare.outputs import run_eagerly
from nnaudio_exporters.prepare.wrappers import unwrapped_copy

# What comes about by chance or after some calls need not show in two.
_REPEATS, _SECONDS = 20, 2.0
# Of an nn.Module itself; hooks and parts are compared as the module's tree.
_OF_MODULES = ("_parameters", "_buffers", "_modules", "training")
_CONTAINERS = (Mapping, list, tuple, set, frozenset, deque)
_PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic, torch.device, torch.dtype)


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
    training = unwrapped_copy(module).cpu().requires_grad_(False).train()
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
    """Weights and attributes of a module and its parts, by path, as their contents."""
    for path, part in module.named_modules():
        weights = (part.named_parameters(recurse=False), part.named_buffers(recurse=False))
        for name, value in itertools.chain(*weights):
            yield f"{path}.{name}".lstrip("."), _contents(value)
        for name, value in vars(part).items():
            if name not in _OF_MODULES:
                yield f"{path}.{name}".lstrip("."), _contents(value)


def _contents(value: Any, within: tuple[int, ...] = ()) -> object:
    """What a value holds, the same for two values that hold the same, NaN included.

    Of an object of a kind that is not known here it is the type: what it does to the output must
    show there.
    """
    if isinstance(value, Tensor):
        plain = value.detach().to_dense().resolve_conj().resolve_neg().cpu().contiguous()
        numbers = plain.reshape(-1).view(torch.uint8).numpy()
        return value.dtype, value.shape, numbers.tobytes()
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tobytes()
    if isinstance(value, torch.Generator):
        return _contents(value.get_state())
    if isinstance(value, np.random.Generator):
        return pickle.dumps(value.bit_generator.state)
    if isinstance(value, _CONTAINERS) and id(value) not in within:
        parts = value.items() if isinstance(value, Mapping) else value
        return type(value), [_contents(part, (*within, id(value))) for part in parts]
    return repr(value) if isinstance(value, _PLAIN) else type(value)


def _difference(before: dict[str, object], after: dict[str, object]) -> str | None:
    """The first attribute that is not what it was; one that is new is a cache."""
    return next((name for name in before if before[name] != after.get(name)), None)


def _same(expected: list[Tensor], run: Callable[[], list[Tensor]]) -> bool:
    try:
        with torch.random.fork_rng(devices=[]):
            found = run()
    except Exception:  # batch norm refuses a single value in training mode, for one
        return False
    return all(torch.equal(a, b) for a, b in zip(expected, found, strict=True))
