"""How fast this machine multiplies and copies: what no graph can beat."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

METHOD = (
    "Floor: FLOPs of the graph's convolutions and products (two for each multiplication, counted "
    "from the shapes that ONNX Runtime's profile tells) over the rate of a product of two float32 "
    "matrices of 1024 * 1024 by PyTorch; and the bytes that its nodes read and write, from the "
    "same profile, over the rate of a copy of 128 MB, read and written. The larger is the floor. "
    "What stays in a cache moves faster than that copy."
)
_SIZE = 1024
_COPIED = 2**27
_SECONDS = 0.5


def measure(threads: int) -> dict[str, float]:
    """``flops`` and ``bytes`` a second."""
    import torch

    torch.set_num_threads(threads)
    rng = np.random.default_rng(0)
    left, right = (torch.from_numpy(rng.random((_SIZE, _SIZE), np.float32)) for _ in range(2))
    product = torch.empty(_SIZE, _SIZE)
    source = torch.ones(_COPIED // 4)
    target = torch.empty_like(source)
    return {
        "flops": 2 * _SIZE**3 / _fastest(lambda: torch.mm(left, right, out=product)),
        "bytes": 2 * _COPIED / _fastest(lambda: target.copy_(source)),
    }


def _fastest(run: Callable[[], object]) -> float:
    best = float("inf")
    end = time.perf_counter() + _SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best
