"""PyTorch's own FFT, with the matrices that librosa and SciPy define behind it.

Twice: with ``.abs()``, as everyone writes it, and with the squares written out, which is faster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.contenders.contender import Contender, Job, Run
from bench.contenders.matrices import dct_matrix, mel_matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from bench.workloads import Transform

    Head = Callable[[Tensor], Tensor]


def _libraries() -> object:
    import torch

    return torch


def _abs(spectrum: Tensor) -> Tensor:
    return spectrum.abs()


def _abs_squared(spectrum: Tensor) -> Tensor:
    return spectrum.abs().square()


def _squares(spectrum: Tensor) -> Tensor:
    return spectrum.real.square() + spectrum.imag.square()


def _root_of_squares(spectrum: Tensor) -> Tensor:
    return _squares(spectrum).sqrt()


def _forward(job: Job, head: Head) -> Run:
    import torch

    audio, window = torch.from_numpy(job.data), torch.hann_window(job.work.n_fft)
    tail = _tail(job)

    def run() -> object:
        with torch.inference_mode():
            spectrum = torch.stft(
                audio,
                **job.work.framing,
                window=window,
                pad_mode="reflect",
                return_complex=True,
            )
            return tail(head(spectrum))

    return run


def _tail(job: Job) -> Head:
    """What follows magnitude or power."""
    import torch

    if job.work.transform == "stft":
        return lambda magnitude: magnitude
    mel = torch.from_numpy(mel_matrix(job.work, job.folder))
    if job.work.transform == "mel" and job.work.log:
        return lambda power: (mel @ power).clamp(min=1e-10).log10()
    if job.work.transform == "mel":
        return lambda power: mel @ power
    dct = torch.from_numpy(dct_matrix(job.work, job.folder))

    def coefficients(power: Tensor) -> Tensor:
        decibel = 10.0 * (mel @ power).clamp(min=1e-10).log10()
        floor = decibel.amax(dim=(1, 2), keepdim=True) - 80.0
        return dct @ torch.maximum(decibel, floor)

    return coefficients


def _istft(job: Job) -> Run:
    import torch

    spectrum, window = torch.from_numpy(job.data), torch.hann_window(job.work.n_fft)

    def run() -> object:
        with torch.inference_mode():
            return torch.istft(spectrum, **job.work.framing, window=window)

    return run


def _builders(magnitude: Head, power: Head) -> dict[Transform, Callable[[Job], Run]]:
    return {
        "stft": lambda job: _forward(job, magnitude),
        "mel": lambda job: _forward(job, power),
        "mfcc": lambda job: _forward(job, power),
    }


PYTORCH = Contender(
    "PyTorch",
    _libraries,
    {**_builders(_abs, _abs_squared), "istft": _istft},
)
PYTORCH_SQUARES = Contender("PyTorch, squares", _libraries, _builders(_root_of_squares, _squares))
