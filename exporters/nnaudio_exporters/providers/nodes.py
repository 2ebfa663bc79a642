"""The nodes of an ONNX file with all that a provider decides by: types, shapes, constants."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from nnaudio_runtime.files.onnx_file import read_onnx
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

Dims = tuple[int | None, ...]


@dataclass(frozen=True)
class Tensor:
    """An input or output of a node.

    Attributes:
        name: of the value.
        dtype: e.g. ``"float32"``; empty where inference does not tell.
        shape: None where the rank is unknown; a None in it is an open axis.
        value: of a constant.
        constant: whether it is one.
    """

    name: str
    dtype: str
    shape: Dims | None
    value: NDArray[Any] | None = None

    @property
    def constant(self) -> bool:
        """Whether the value stands in the file."""
        return self.value is not None

    @property
    def text(self) -> str:
        """The shape as a person writes it."""
        if self.shape is None:
            return "of unknown shape"
        return f"({', '.join('?' if size is None else str(size) for size in self.shape)})"


@dataclass(frozen=True)
class Node:
    """A node of the graph.

    Attributes:
        name: of the node; its operator and place where the file has none.
        op_type: the operator.
        domain: of the operator; ``""`` is ONNX's own.
        since: the version in which the operator last changed, at the model's operator set; 0 where
            onnx does not know it.
        inputs: None where an optional one is absent.
        outputs: of the node.
        attributes: with ONNX's defaults where the file has none.
        opset: of the model, for the node's domain.
    """

    name: str
    op_type: str
    domain: str
    since: int
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    attributes: Mapping[str, Any]
    opset: int

    def input(self, index: int) -> Tensor | None:
        """An input; None where it is absent."""
        return self.inputs[index] if index < len(self.inputs) else None

    @property
    def work(self) -> int:
        """Multiplications of a convolution or matrix product; 0 for all else, or open shapes."""
        first, second = self.input(0), self.input(1)
        if first is None or first.shape is None or second is None or second.shape is None:
            return 0
        if self.op_type in ("Conv", "ConvTranspose"):  # per value: channels of a group · kernel
            each: Dims = second.shape[1:]
        elif self.op_type in ("MatMul", "Gemm"):
            each = (first.shape[0 if self.attributes.get("transA") else -1],)
        else:
            return 0
        sizes = first.shape if self.op_type == "ConvTranspose" else self.outputs[0].shape
        factors = [size for size in (*(sizes or (None,)), *each) if size is not None]
        whole = sizes is not None and len(factors) == len(sizes) + len(each)
        return math.prod(factors) if whole else 0


def read_nodes(path: str | Path) -> list[Node]:
    """Reads the nodes of a file, in its order, with shapes as far as onnx infers them.

    Constants are not among them: they are loaded, not run.

    Raises:
        OSError: the file cannot be read.
        ModelFileError: it is no ONNX file.
    """
    import onnx
    from onnx import numpy_helper, shape_inference

    read_onnx(path)  # refuses other files in words of its own
    model = onnx.load(path)
    model = shape_inference.infer_shapes(model, data_prop=True)
    values = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant":
            values |= {node.output[0]: _constant(node)}
    tensors = _tensors(model)
    opsets = {entry.domain: entry.version for entry in model.opset_import}

    def tensor(name: str) -> Tensor:
        if name in values:
            value = values[name]
            return Tensor(name, str(value.dtype), value.shape, value)
        return tensors.get(name, Tensor(name, "", None))

    nodes: list[Node] = []
    for index, node in enumerate(model.graph.node):
        if node.op_type == "Constant":
            continue
        domain = "" if node.domain == "ai.onnx" else node.domain
        opset = opsets.get(domain, opsets.get("ai.onnx", 0))
        since, attributes = _schema(node.op_type, domain, opset)
        attributes |= {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        nodes.append(
            Node(
                node.name or f"{index}_{node.op_type}",
                node.op_type,
                domain,
                since,
                tuple(tensor(name) if name else None for name in node.input),
                tuple(tensor(name) for name in node.output),
                {key: _plain(value) for key, value in attributes.items()},
                opset,
            )
        )
    return nodes


def _tensors(model: ModelProto) -> dict[str, Tensor]:
    from onnx import helper

    graph = model.graph
    tensors: dict[str, Tensor] = {}
    for info in (*graph.input, *graph.value_info, *graph.output):
        type_ = info.type.tensor_type
        shape: Dims | None = None
        if type_.HasField("shape"):
            shape = tuple(
                dim.dim_value if dim.HasField("dim_value") else None for dim in type_.shape.dim
            )
        known = type_.elem_type != 0
        dtype = str(np.dtype(helper.tensor_dtype_to_np_dtype(type_.elem_type))) if known else ""
        tensors[info.name] = Tensor(info.name, dtype, shape)
    return tensors


def _schema(op_type: str, domain: str, opset: int) -> tuple[int, dict[str, Any]]:
    """Since-version and default attributes of an operator; 0 and none where onnx knows it not."""
    from onnx import defs, helper

    try:
        schema = defs.get_schema(op_type, opset, domain)
    except defs.SchemaError:
        return 0, {}
    defaults = {
        name: helper.get_attribute_value(attribute.default_value)
        for name, attribute in schema.attributes.items()
        if attribute.default_value.name
    }
    return schema.since_version, defaults


def _constant(node: NodeProto) -> NDArray[Any]:
    from onnx import helper, numpy_helper

    value = helper.get_attribute_value(node.attribute[0])
    if node.attribute[0].name == "value":
        return numpy_helper.to_array(value)
    return np.asarray(value)


def _plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
