"""The outputs of a module: their names and axes, read off runs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import torch
from nnaudio_contract import Axes, Described, LayerSpec
from torch import Tensor, nn

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.prepare.inputs import Input

_SYMBOLIC = ("batch", "frames", "samples")


def outputs_of(module: nn.Module, model_input: Input, spec: LayerSpec | None) -> dict[str, Axes]:
    """Names of a module's outputs with their symbolic and fixed axes.

    A front end says both. Of other modules, names are keys and fields, and axes are read off runs
    at two batch sizes and two lengths.

    Args:
        module: any module.
        model_input: its input.
        spec: of the front end in it.
    """
    named = _named_outputs(
        _run(module, torch.from_numpy(model_input.generated(1, model_input.min_length)))
    )
    shapes = [tuple(output.shape) for _, output in named]
    described = spec.outputs if spec and isinstance(module, Described) else ()
    if len(described) != len(named):
        described = ()
    names = []
    for index, (name, _) in enumerate(named):
        default = "output" if len(named) == 1 else f"output_{index}"
        names.append(described[index][0] if described else name or default)
    if not model_input.open_length:
        found: list[Axes] = list(shapes)
    elif described:
        found = [
            _with_sizes(axes, shape) for (_, axes), shape in zip(described, shapes, strict=True)
        ]
    else:
        hop = spec.hop_length if spec else None
        found = _axes_that_grow(module, model_input, shapes, hop)
    return dict(zip(names, found, strict=True))


def run_eagerly(module: nn.Module, signal: Tensor) -> list[Tensor]:
    """The outputs of a module, in order."""
    return [tensor for _, tensor in _named_outputs(_run(module, signal))]


def output_shapes(
    module: nn.Module, model_input: Input, batch: int, length: int
) -> list[tuple[int, ...]]:
    """The output shapes for an input shape; the module's own error where it refuses it."""
    signal = torch.from_numpy(model_input.generated(batch, length))
    shapes = [tuple(output.shape) for output in run_eagerly(module, signal)]
    if any(math.prod(shape) == 0 for shape in shapes):
        raise ValueError(f"an input of length {length} gives an empty output")
    return shapes


def _run(module: nn.Module, signal: Tensor) -> object:
    with torch.inference_mode():
        return module(signal.clone())  # some work in place


def _named_outputs(result: object) -> list[tuple[str, Tensor]]:
    """Outputs of a module with their names, ``""`` where nothing names them."""
    if isinstance(result, Tensor):
        return [("", result)]
    pairs = list(_leaves(result, ()))
    if not pairs or not all(isinstance(value, Tensor) for _, value in pairs):
        other = next((type(value) for _, value in pairs if not isinstance(value, Tensor)), None)
        within = f" with {other.__name__} in it" if other not in (None, type(result)) else ""
        raise ExportError(
            f"the module returns {type(result).__name__}{within}: must return a tensor, or a "
            "tuple, list or dict of tensors"
        )
    return pairs  # type: ignore[return-value]


def _leaves(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    """What is in tuples, lists and dicts at any depth, with the names on the way."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _leaves(part, (*path, str(name)))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        names = getattr(value, "_fields", None)  # a named tuple has fields
        nested = any(isinstance(part, (Mapping, Sequence)) for part in value)
        numbers = map(str, range(len(value))) if path or nested else [""] * len(value)
        for name, part in zip(names or numbers, value, strict=True):
            yield from _leaves(part, (*path, name) if name else path)
    else:
        if value is not None:
            yield "_".join(path), value


def _with_sizes(axes: Axes, shape: tuple[int, ...]) -> Axes:
    """The axes that a front end names, with sizes for those that never change."""
    pairs = zip(axes, shape, strict=True)
    return tuple(axis if axis in _SYMBOLIC else size for axis, size in pairs)


def _axes_that_grow(
    module: nn.Module, model_input: Input, shapes: list[tuple[int, ...]], hop: int | None
) -> list[Axes]:
    """The axes, named by what makes them grow: the batch, or the length, at one rate each."""
    length = model_input.min_length
    # Far enough apart that every axis that grows with the length has grown.
    longer = 3 * length + 2 * (hop or length)
    batched = output_shapes(module, model_input, 2, length)
    long = output_shapes(module, model_input, 1, longer)
    own, other = "samples", "frames"
    if own not in model_input.axes:
        own, other = other, own
    names: dict[tuple[int, int], str] = {(length, longer): own}
    result: list[Axes] = []
    for of_output in zip(shapes, batched, long, strict=True):
        axes: list[str | int] = []
        for size, size_batched, size_long in zip(*of_output, strict=True):
            if size_batched != size:
                axes.append("batch")
            elif size_long != size:
                new = other if len(names) == 1 else f"{other}_{len(names)}"
                axes.append(names.setdefault((size, size_long), new))
            else:
                axes.append(size)
        result.append(tuple(axes))
    return result
