"""Compares what the spotter printed with where the keywords are.

python examples/keyword_spotter/compare.py heard.txt printed.txt [printed.txt ...]
"""

from __future__ import annotations

import sys
from pathlib import Path

TOLERANCE = 0.25  # seconds: windows of a second, every tenth of one


def read(path: Path) -> list[tuple[float, str]]:
    """Lines of time and name; what follows is not looked at."""
    rows = (line.split() for line in path.read_text().splitlines())
    return [(float(row[0]), row[1]) for row in rows if row]


def agree(truth: list[tuple[float, str]], found: list[tuple[float, str]]) -> bool:
    """Whether the same keywords were heard, each at its time, and nothing else."""
    return len(truth) == len(found) and all(
        name == heard and abs(time - when) <= TOLERANCE
        for (time, name), (when, heard) in zip(truth, found, strict=True)
    )


def main(truth: Path, *printed: Path) -> None:
    """Exits with 1 where a list differs."""
    expected = read(truth)
    for path in printed:
        found = read(path)
        if not agree(expected, found):
            sys.exit(f"{path}: heard {found}, there are {expected}")
        print(f"{path}: all {len(found)} keywords, each within {TOLERANCE} s")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
