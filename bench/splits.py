"""``python -m bench.splits``: how Fourier transforms are split, and how good the choice is.

For every size, the splits that should be cheapest are timed with ONNX Runtime on one thread, by
that thread's own clock: the least of many calls in turns, whatever else the machine does. The first
table shows the chosen one beside the fastest and beside ``torch.stft``; the second the costs
that fit all these times, beside those by which the choice is made.
"""

from __future__ import annotations

import logging
import math
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from bench.report import table
from nnaudio_export.fast.split_dft import factorisation
from nnaudio_export.fast.split_dft.factorisation import Factorisation, factorisations
from nnaudio_export.fast.split_dft.split_bank import SplitBank
from nnaudio_export.kernels.windows import centred_window

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

# Usual sizes, long ones, an odd one, and hops that share few factors with the size.
CASES = (
    (400, 160),
    (441, 147),
    (480, 160),
    (512, 128),
    (512, 220),
    (1024, 256),
    (1200, 300),
    (1323, 441),
    (2048, 512),
    (2048, 441),
    (4096, 1024),
    (8192, 2048),
    (16384, 4096),
)
_CANDIDATES = 6
_SAMPLES = 330750
_CALLS = 20


@dataclass(frozen=True)
class Timed:
    """A split, and its seconds per frame."""

    split: Factorisation
    seconds: float


def measure(n_fft: int, hop_length: int, folder: Path) -> tuple[list[str], list[Timed]]:
    """A row of the first table, and the times of all candidates, the chosen one first."""
    bins = n_fft // 2 + 1
    splits = [
        split
        for split in factorisations(n_fft=n_fft, hop_length=hop_length, bins=bins)
        if len(split.radices) > 1
    ]
    splits.sort(key=lambda split: split.cost)
    few = [split for split in splits if len(split.radices) == 2]
    candidates = list(dict.fromkeys([*splits[:_CANDIDATES], *few[: _CANDIDATES // 2]]))
    window = centred_window(window="hann", win_length=n_fft, n_fft=n_fft)
    noise = np.random.default_rng(0).uniform(-1, 1, _SAMPLES).astype(np.float32)
    frames = (len(noise) - n_fft) // hop_length + 1
    runs = [
        _runner(SplitBank(split, window, hop_length=hop_length, bins=bins), noise, folder)
        for split in candidates
    ]
    audio, taper = torch.from_numpy(noise), torch.from_numpy(window).float()
    stft: dict[str, Any] = {
        "hop_length": hop_length,
        "window": taper,
        "center": False,
        "return_complex": True,
    }
    *seconds, peer = _least([*runs, lambda: torch.stft(audio, n_fft, **stft)])
    found = [Timed(*pair) for pair in zip(candidates, np.divide(seconds, frames), strict=True)]
    chosen, fastest = found[0], min(found, key=lambda each: each.seconds)
    bank = SplitBank(chosen.split, window, hop_length=hop_length, bins=bins)
    row = [
        f"{n_fft} / {hop_length}",
        " · ".join(map(str, chosen.split.radices)) + (" framed" if chosen.split.framed else ""),
        f"{2 * bins * n_fft / chosen.split.multiplications:.1f}",
        f"{_error(bank, noise, window):.1e}",
        f"{chosen.seconds / fastest.seconds:.2f}",
        f"{chosen.seconds * frames / peer:.2f}",
    ]
    return row, found


def _least(runs: list[Callable[[], object]]) -> list[float]:
    """Seconds of this thread's own time that each takes, calls in turns."""
    seconds = [math.inf] * len(runs)
    for _ in range(_CALLS):
        for index, run in enumerate(runs):
            start = time.thread_time()
            run()
            seconds[index] = min(seconds[index], time.thread_time() - start)
    return seconds


def _runner(bank: SplitBank, noise: NDArray[np.float32], folder: Path) -> Callable[[], object]:
    """What runs the exported bank on the noise."""
    import onnxruntime

    path, data = folder / "split.onnx", noise[None, None]
    program = torch.onnx.export(
        bank.eval(), (torch.from_numpy(data),), dynamo=True, opset_version=18, verbose=False
    )
    assert program is not None
    program.save(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: data})


def _error(bank: SplitBank, noise: NDArray[np.float32], window: NDArray[np.float64]) -> float:
    """Largest difference from NumPy's transform in float64, of the largest value."""
    some = noise[: bank.n_fft + 3 * bank.hop_length]
    frames = np.lib.stride_tricks.sliding_window_view(some, bank.n_fft)[:: bank.hop_length]
    expected = np.fft.rfft(frames * window).T
    bins = len(expected)
    order = bank.order(bins)
    rows, sign = list(order.row_of), order.sign
    with torch.inference_mode():
        re, im = bank(torch.from_numpy(some)[None, None])[0].chunk(2)
    found = re.numpy()[rows] + 1j * im.numpy()[rows] * np.asarray(sign)[:, None]
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def fitted(timed: list[Timed]) -> NDArray[np.float64]:
    """Seconds of a multiplication of the first stage, of one of the others, of a number moved.

    By least squares of the relative error.
    """
    counts = [[t.split.first, t.split.products, t.split.moved] for t in timed]
    seconds = np.array([t.seconds for t in timed])
    rows = np.asarray(counts, dtype=np.float64) / seconds[:, None]
    return np.linalg.lstsq(rows, np.ones(len(timed)), rcond=None)[0].astype(np.float64)


def report() -> str:
    """Both tables."""
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)  # PyTorch's exporter speaks of what is not installed
    warnings.simplefilter("ignore")
    rows, timed = [], []
    with tempfile.TemporaryDirectory() as folder:
        for n_fft, hop_length in CASES:
            row, found = measure(n_fft, hop_length, Path(folder))
            rows.append(row)
            timed += found
    first, product, moved = fitted(timed)
    used: Any = factorisation
    costs = [
        ["a multiplication of a later stage", f"{product / first:.1f}", str(used._COST_OF_PRODUCT)],
        ["a number moved", f"{moved / first:.1f}", str(used._COST_OF_MOVING)],
    ]
    header = ["n_fft / hop", "split", "times fewer", "error", "/ fastest", "/ torch.stft"]
    return "\n".join(
        [
            table(header, rows, texts=2),
            table(["in multiplications of the first stage", "fitted", "used"], costs),
        ]
    )


if __name__ == "__main__":
    print(report())
