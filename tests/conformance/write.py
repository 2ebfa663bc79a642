"""Writes the files that runtimes are tested with.

PYTHONPATH=tests python -m conformance.write FOLDER [few|all]

``few`` has every layer for ONNX Runtime and some for the other engines: half the time. README.md
describes what is written.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from conformance import exported, graphs, refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GOOD, REFUSED, KINDS, INPUTS = "good.jsonl", "refused.jsonl", "kinds.jsonl", "inputs.jsonl"


def write_small(folder: Path) -> list[dict[str, str]]:
    """Writes the graphs of :mod:`conformance.graphs`; their lines of the manifest.

    What they must refuse to be given is another manifest.
    """
    shutil.copy(refused.HERE / INPUTS, folder)
    (folder / graphs.BESIDE).write_bytes(graphs.KERNELS.tobytes())
    cases = []
    for file, one in graphs.good().items():
        (folder / file).write_bytes(one.model.SerializeToString(deterministic=True))
        stem = Path(file).stem
        np.save(folder / f"{stem}.input.npy", one.input)
        np.save(folder / f"{stem}.0.npy", one.output.astype(np.float32))
        cases.append(exported.case(file, 1, graphs.TOLERANCE))
    return cases


def write_refused(folder: Path) -> None:
    """Writes the files that must be refused, in a folder of their own, with their manifest."""
    inner = folder / "refused"
    shutil.rmtree(inner, ignore_errors=True)
    inner.mkdir()
    cases = refused.write(inner)
    write_lines(folder / REFUSED, ({**one, "file": f"refused/{one['file']}"} for one in cases))
    shutil.copy(refused.HERE / KINDS, folder)


def write_lines(path: Path, cases: Iterable[Mapping[str, str]]) -> None:
    """Writes a manifest: an object of strings a line."""
    path.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")


def main(folder: Path, few: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_refused(folder)
    write_lines(folder / GOOD, [*write_small(folder), *exported.write(folder, few=few)])


if __name__ == "__main__":
    main(Path(sys.argv[1]), few=sys.argv[2:] != ["all"])
