"""Recurrent layers as ONNX has them: one operator for all frames, however many there are.

PyTorch would trace a step for every frame of the example. What stands for a layer here can be
traced only; in eager mode the layer itself runs.
"""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

# Of each gate in ONNX's order, its place in PyTorch's.
_GATES = {"GRU": (1, 0, 2), "LSTM": (0, 3, 1, 2), "RNN": (0,)}
_VERSION = 14  # of the operators: nothing that is used has changed since


def with_recurrences(module: nn.Module) -> nn.Module:
    """The module, its recurrent layers replaced by what can be traced for any number of frames.

    Args:
        module: a copy that may be changed.
    """
    memo: dict[int, object] = {}
    for part in module.modules():
        if type(part) in (nn.GRU, nn.LSTM, nn.RNN):
            traced = TracedRecurrence(part)  # type: ignore[arg-type]
            # What hooks make of its outputs stays.
            traced._forward_hooks, traced._forward_pre_hooks = (
                part._forward_hooks,
                part._forward_pre_hooks,
            )
            memo[id(part)] = traced
    return copy.deepcopy(module, memo) if memo else module


class _Layer(NamedTuple):
    """Weights of one layer in ONNX's order, its directions stacked."""

    inputs: Tensor  # (directions, gates * hidden, size)
    states: Tensor  # (directions, gates * hidden, hidden)
    biases: Tensor  # (directions, 2 * gates * hidden)
    projection: Tensor | None  # (directions, size, hidden)


class TracedRecurrence(nn.Module):
    """Stands for a GRU, LSTM or RNN in a trace: its inputs and outputs, and ONNX's operator.

    Args:
        layer: in evaluation mode.
    """

    def __init__(self, layer: nn.RNNBase) -> None:
        super().__init__()
        self.kind = type(layer).__name__
        self.batch_first = layer.batch_first
        self.hidden = layer.hidden_size
        self.directions = 2 if layer.bidirectional else 1
        self.count = layer.num_layers
        self.attributes = _attributes(layer, self.directions)
        for index in range(layer.num_layers):
            for name, weight in _weights(layer, index)._asdict().items():
                self.register_buffer(f"{name}{index}", weight)

    def forward(self, audio: Tensor, hx: Any = None) -> tuple[Tensor, Any]:
        """The outputs of all frames and the last states, as PyTorch's layer gives them."""
        batched = audio.dim() == 3
        x = audio if batched else audio.unsqueeze(0 if self.batch_first else 1)
        if self.batch_first:
            x = x.transpose(0, 1)
        given = (hx if self.kind == "LSTM" else (hx,)) if hx is not None else ()
        given = [state if batched else state.unsqueeze(1) for state in given]
        lasts: list[list[Tensor]] = []
        for index in range(self.count):
            x, *states = self._run(index, x, given)
            lasts.append(states)
        last = [torch.cat(states) for states in zip(*lasts, strict=True)]
        if self.batch_first:
            x = x.transpose(0, 1)
        if not batched:
            x = x.squeeze(0 if self.batch_first else 1)
            last = [state.squeeze(1) for state in last]
        return x, tuple(last) if self.kind == "LSTM" else last[0]

    def _run(self, index: int, x: Tensor, given: list[Tensor]) -> list[Tensor]:
        """One layer: ``(frames, batch, size)`` → ``(frames, batch, directions * size)``, states."""
        frames, batch, _ = x.shape
        weights = [self.get_buffer(f"{name}{index}") for name in ("inputs", "states", "biases")]
        projection: Tensor | None = getattr(self, f"projection{index}")
        if given and projection is not None:
            raise NotImplementedError("an LSTM with proj_size that is given its first state")
        block = slice(index * self.directions, (index + 1) * self.directions)
        first = [state[block] for state in given]
        state = (self.directions, batch, self.hidden)
        count = 3 if self.kind == "LSTM" else 2
        outputs, *states = torch.onnx.ops.symbolic_multi_out(
            self.kind,
            [x, *weights, *([None, *first] if first else [])],
            self.attributes,
            dtypes=[x.dtype] * count,
            shapes=[(frames, self.directions, batch, self.hidden), *[state] * (count - 1)],
            version=_VERSION,
        )
        if projection is not None:
            outputs = outputs @ projection.mT
            states[0] = states[0] @ projection.mT
        return [outputs.transpose(1, 2).flatten(2), *states]


def _attributes(layer: nn.RNNBase, directions: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "hidden_size": layer.hidden_size,
        "direction": "bidirectional" if directions == 2 else "forward",
    }
    if isinstance(layer, nn.GRU):
        found["linear_before_reset"] = 1
    if isinstance(layer, nn.RNN):
        found["activations"] = [layer.nonlinearity.capitalize()] * directions
    return found


def _weights(layer: nn.RNNBase, index: int) -> _Layer:
    """The weights of a layer, those of its projection multiplied into the states'."""
    gates = _GATES[type(layer).__name__]

    def ordered(name: str, suffix: str) -> Tensor:
        weight = getattr(layer, f"{name}_l{index}{suffix}").detach()
        parts = weight.chunk(len(gates))
        return torch.cat([parts[gate] for gate in gates])

    inputs, states, biases, projections = [], [], [], []
    for suffix in ("", "_reverse") if layer.bidirectional else ("",):
        inputs.append(ordered("weight_ih", suffix))
        state = ordered("weight_hh", suffix)
        if layer.proj_size:
            projection = getattr(layer, f"weight_hr_l{index}{suffix}").detach()
            projections.append(projection)
            state = (state.double() @ projection.double()).float()
        states.append(state)
        if layer.bias:
            biases.append(torch.cat([ordered("bias_ih", suffix), ordered("bias_hh", suffix)]))
        else:
            biases.append(torch.zeros(2 * len(gates) * layer.hidden_size))
    return _Layer(
        torch.stack(inputs),
        torch.stack(states),
        torch.stack(biases),
        torch.stack(projections) if projections else None,
    )
