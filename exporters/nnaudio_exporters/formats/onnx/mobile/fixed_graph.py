"""An ONNX graph of fixed shapes, and the rewriting of its nodes one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper, numpy_helper, shape_inference

Shape = tuple[int, ...]
Rule = Callable[["FixedGraph", NodeProto], bool]
"""Rewrites a node by what it emits, and says whether it did. The last output it emits must have
the node's own name; nothing may be emitted otherwise."""


class FixedGraph:
    """The graph of a model whose shapes are all known.

    Attributes:
        shapes: of every value.
        constants: by name.
        producers: the node that computes a value.
    """

    def __init__(self, model: ModelProto) -> None:
        self._model = model
        self._emitted: list[NodeProto] = []
        self._known: dict[tuple[str, Shape, bytes], str] = {}
        self._read()

    def _read(self) -> None:
        graph = self._model.graph
        inferred = shape_inference.infer_shapes(self._model, strict_mode=True, data_prop=True)
        self.constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        self.shapes: dict[str, Shape] = {
            info.name: tuple(dim.dim_value for dim in info.type.tensor_type.shape.dim)
            for info in (*inferred.graph.input, *inferred.graph.value_info, *inferred.graph.output)
        } | {name: value.shape for name, value in self.constants.items()}
        self.producers = {name: node for node in graph.node for name in node.output}
        self.results = {info.name for info in graph.output}
        self._names = set(self.shapes) | set(self.producers)

    @property
    def nodes(self) -> Sequence[NodeProto]:
        """The nodes, in order."""
        return self._model.graph.node

    def rewrite(self, rule: Rule) -> None:
        """Offers every node to a rule once, in order, then drops what nothing uses any more."""
        kept: list[NodeProto] = []
        for node in list(self._model.graph.node):
            self._emitted = []
            if rule(self, node):
                assert self._emitted[-1].output[0] == node.output[0], node.op_type
                kept += self._emitted
            else:
                kept.append(node)
        used = set(self.results)
        nodes: list[NodeProto] = []
        for node in reversed(kept):
            if used.intersection(node.output):
                nodes.append(node)
                used.update(node.input)
        del self._model.graph.node[:]
        self._model.graph.node.extend(reversed(nodes))
        known = {one.name for one in self._model.graph.initializer}
        new = {name: value for name, value in self.constants.items() if name not in known}
        self._known.clear()
        initializers = [one for one in self._model.graph.initializer if one.name in used]
        initializers += [numpy_helper.from_array(v, n) for n, v in new.items() if n in used]
        del self._model.graph.initializer[:]
        self._model.graph.initializer.extend(initializers)
        del self._model.graph.value_info[:]
        self._read()

    def constant(self, value: NDArray[Any], hint: str = "constant") -> str:
        """A constant's name; the same for the same values."""
        value = np.asarray(value, order="C")
        key = value.dtype.str, value.shape, value.tobytes()
        if key not in self._known:
            name = self._known[key] = self._new(hint)
            self.constants[name] = value
            self.shapes[name] = value.shape
        return self._known[key]

    def emit(self, op_type: str, inputs: Sequence[str], output: str = "", **attributes: Any) -> str:
        """Adds a node in place of the one that is rewritten; returns its output's name."""
        output = output or self._new(f"{inputs[0]}_{op_type.lower()}")
        node = helper.make_node(op_type, inputs, [output], **attributes)
        self._emitted.append(node)
        self.producers[output] = node
        return output

    def reshape(self, value: str, shape: Shape, output: str = "") -> str:
        """A view of a value."""
        sizes = self.constant(np.array(shape, np.int64), "shape")
        output = self.emit("Reshape", [value, sizes], output)
        self.shapes[output] = shape
        return output

    def transpose(self, value: str, order: Sequence[int], output: str = "") -> str:
        """A value with its axes in another order."""
        output = self.emit("Transpose", [value], output, perm=list(order))
        self.shapes[output] = tuple(self.shapes[value][axis] for axis in order)
        return output

    def slice(
        self, value: str, axis: int, start: int, count: int, step: int = 1, output: str = ""
    ) -> str:
        """A range of an axis, of so many items; backwards with a negative step."""
        stop = start + count * step
        # A range that ends before item 0 must not count from the end.
        bounds = [start, stop if stop >= 0 else -(2**31), axis, step]
        names = [self.constant(np.array([bound], np.int64), "slice") for bound in bounds]
        output = self.emit("Slice", [value, *names], output)
        shape = self.shapes[value]
        self.shapes[output] = (*shape[:axis], count, *shape[axis + 1 :])
        return output

    def concat(self, values: Sequence[str], axis: int, output: str = "") -> str:
        """Values one after another along an axis."""
        if len(values) == 1 and not output:
            return values[0]
        output = self.emit("Concat", values, output, axis=axis)
        shape = self.shapes[values[0]]
        total = sum(self.shapes[value][axis] for value in values)
        self.shapes[output] = (*shape[:axis], total, *shape[axis + 1 :])
        return output

    def _new(self, hint: str) -> str:
        number = 0
        while (name := f"{hint}_{number}") in self._names:
            number += 1
        self._names.add(name)
        return name


def attributes(node: NodeProto) -> dict[str, Any]:
    """The attributes that a node has."""
    return {one.name: helper.get_attribute_value(one) for one in node.attribute}


def check_fixed(model: ModelProto) -> None:
    """Checks that shape inference gives every value a fixed shape.

    Raises:
        ValueError: the message names the node.
    """
    inferred = shape_inference.infer_shapes(model, data_prop=True).graph
    known = {
        info.name
        for info in (*inferred.input, *inferred.value_info, *inferred.output)
        if info.type.tensor_type.HasField("shape")
        and all(dim.HasField("dim_value") for dim in info.type.tensor_type.shape.dim)
    } | {one.name for one in model.graph.initializer}
    for node in model.graph.node:
        open_ones = [name for name in (*node.input, *node.output) if name and name not in known]
        if open_ones:
            raise ValueError(
                f"profile='mobile': the shape of {open_ones[0]!r} at {node.op_type} "
                f"({node.name}) depends on values: phones take fixed shapes only"
            )
