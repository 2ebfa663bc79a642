"""What leaves eager mode computes the same: TorchScript, torch.export and torch.compile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from layers.table import ROWS, Row
from torch import Tensor, nn

from nnaudio_export.layers.layer import Layer

# The same operators on the same numbers; a compiler may fuse or reorder a sum.
SAME = 1e-6


def inputs(row: Row, shortest: int) -> list[Tensor]:
    """Several lengths and batch sizes, the shortest first."""
    lengths = (shortest, 7, 20) if row.bins else (shortest, 1009, 3000)
    return [
        torch.from_numpy(row.example("noise", max(length, shortest), batch))
        for length, batch in zip(lengths, (1, 3, 2), strict=True)
    ]


def assert_same(
    row: Row, graph: Callable[[Tensor], Tensor], layer: Layer, shortest: int | None = None
) -> None:
    for x in inputs(row, shortest or layer.describe().min_length):
        expected = layer(x)
        found = graph(x)
        assert found.dtype == expected.dtype
        assert x.abs().max() > 0.01  # there is something to compare
        for item, a, b in zip(x.numpy(), found.numpy(), expected.numpy(), strict=True):
            assert row.error(a, b, item) <= SAME * row.magnifies, tuple(x.shape)


def kinds(graph: torch.Graph | torch.Block) -> set[str]:
    """Operators of a TorchScript graph, nested blocks included."""
    found = set()
    for node in graph.nodes():
        found.add(node.kind())
        for block in node.blocks():
            found |= kinds(block)
    return found


@pytest.mark.filterwarnings("ignore:`torch.jit.*` is deprecated:DeprecationWarning")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_script(row: Row) -> None:
    layer = row.make().eval()
    scripted = torch.jit.script(layer)
    frozen = torch.jit.freeze(scripted)
    graph = frozen.inlined_graph
    known = {"aten::conv1d", "aten::conv_transpose1d", "aten::matmul"}
    assert kinds(graph) & known  # there is a graph to look at
    assert not kinds(graph) & {"prim::If", "prim::Loop", "prim::PythonOp", "prim::RaiseException"}
    with torch.no_grad():
        assert_same(row, scripted, layer)
        assert_same(row, frozen, layer)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_torch_export(row: Row) -> None:
    """One program for every batch and length."""
    layer = row.make().eval()
    spec = layer.describe()
    axis, name = (1, "samples") if row.bins is None else (2, "frames")
    # torch.export takes an axis of length 1 for a constant: two frames or more.
    shortest = max(spec.min_length, 2) if row.bins else spec.min_length + (spec.hop_length or 0)
    example = torch.from_numpy(row.example("noise", 3 * shortest, 2))
    dynamic = {0: torch.export.Dim("batch"), axis: torch.export.Dim(name, min=shortest)}
    program = torch.export.export(layer, (example,), dynamic_shapes=(dynamic,))
    with torch.no_grad():
        assert_same(row, program.module(), layer, shortest)


def rows_that_hold_every_block() -> list[Row]:
    """The rows that add a layer or a block to those before them."""
    seen: set[str] = set()
    rows = []
    for row in ROWS:
        blocks = {type(module).__name__ for module in row.make().modules()}
        if not blocks <= seen:
            rows.append(row)
        seen |= blocks
    return rows


# Compiling is slow, and whether a graph is whole lies in each block's forward: not in how blocks
# are chained, nor in numbers.
@pytest.mark.parametrize("row", rows_that_hold_every_block(), ids=lambda row: row.id)
def test_torch_compile(row: Row) -> None:
    layer = row.make().eval()
    torch.compiler.reset()
    compiled = torch.compile(layer, fullgraph=True, backend="eager", dynamic=True)
    with torch.no_grad():
        assert_same(row, compiled, layer)


def test_branches_are_seen() -> None:
    """The search above finds a branch where there is one."""

    class Branch(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            if bool(x.sum() > 0):
                return x
            return -x

    with pytest.warns(DeprecationWarning, match="deprecated"):
        scripted = torch.jit.script(Branch().eval())
    assert "prim::If" in kinds(scripted.inlined_graph)
