"""Makes the files that ``refused.jsonl`` describes: hostile and malformed ones."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import onnx
from conformance import graphs

if TYPE_CHECKING:
    from collections.abc import Callable

    from onnx import ModelProto

HERE = Path(__file__).parent
Case = dict[str, str]
# What a case says about what is expected, not about the file.
EXPECTED = ("file", "kind", "or", "says", "python", "cpp", "optional")


def lines(name: str | Path) -> list[Case]:
    """The objects of strings in a file, of this folder where it names no other, one a line."""
    text = (HERE / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def write(folder: Path) -> list[Case]:
    """Writes every file to be refused; what is expected of each.

    Args:
        folder: an empty one; beside it a file appears that no file in it may read.
    """
    (folder / graphs.BESIDE).write_bytes(graphs.KERNELS.tobytes())
    (folder.parent / "outside.bin").write_bytes(graphs.KERNELS.tobytes())
    (folder / "link.bin").symlink_to("../outside.bin")
    (folder / "loop.bin").symlink_to("loop.bin")
    bases: dict[str, ModelProto] = {name: one.model for name, one in graphs.good().items()}
    bases |= {"two_inputs": graphs.two_inputs(), "unknown_operator": graphs.unknown_operator()}
    cases = lines("refused.jsonl")
    for case in cases:
        (folder / case["file"]).write_bytes(content(case, bases))
    return [{key: case[key] for key in EXPECTED if key in case} for case in cases]


def content(case: Case, bases: dict[str, ModelProto]) -> bytes:
    """The bytes of a case."""
    if "hex" in case:
        return bytes.fromhex(case["hex"])
    if "text" in case:
        return case["text"].encode()
    if "zip" in case:
        return _zip(json.loads(case["zip"]))
    if "made" in case:
        return MADE[case["made"]]()
    model = bases[case["base"]]
    if "weights" in case:
        model = graphs.kernels_beside(graphs.bank(), case["weights"])
    if "set" in case:
        given = {one.key: one.value for one in model.metadata_props} | json.loads(case["set"])
        model = onnx.ModelProto.FromString(model.SerializeToString())
        onnx.helper.set_model_props(model, {k: v for k, v in given.items() if v is not None})
    whole = model.SerializeToString(deterministic=True)
    return whole[: int(case["cut"])] if "cut" in case else whole


def _zip(records: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in records.items():
            archive.writestr(name, text)
    return buffer.getvalue()


class Trap:
    """Runs code when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[int]]:
        return exit, (3,)


def _checkpoint() -> bytes:
    import torch

    buffer = io.BytesIO()
    torch.save({"weights": torch.zeros(2), "trap": Trap()}, buffer)
    return buffer.getvalue()


def nested_subgraphs(depth: int = 3000) -> bytes:
    """A model whose graph holds an ``If``, whose branch holds one, and so on."""
    graph = b""
    for _ in range(depth):
        graph = _field(1, _field(4, b"If") + _field(5, _field(6, graph)))
    return b"\x08\x09" + _field(7, graph) + _field(8, b"\x10\x12")


def _field(number: int, payload: bytes) -> bytes:
    length, varint = len(payload), b""
    while length > 0x7F:
        varint += bytes([length & 0x7F | 0x80])
        length >>= 7
    return bytes([number << 3 | 2]) + varint + bytes([length]) + payload


MADE: dict[str, Callable[[], bytes]] = {
    "checkpoint": _checkpoint,
    "nested subgraphs": nested_subgraphs,
}


def kind_of(sentence: str) -> str:
    """The kind of a refusal, by what stands in its sentence behind the file's path."""
    return next(one["kind"] for one in lines("kinds.jsonl") if one["phrase"] in sentence)
