"""PyTorch's own FFT, with the matrices that librosa and SciPy define behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.contenders.contender import Contender, Job, Run
from bench.contenders.matrices import dct_matrix, mel_matrix

if TYPE_CHECKING:
    from torch import Tensor

    from bench.works import Work


def _libraries() -> object:
    import torch

    return torch


def _stft(job: Job) -> Run:
    import torch

    audio, window = torch.from_numpy(job.data), torch.hann_window(job.work.n_fft)

    def run() -> object:
        with torch.inference_mode():
            return _spectrum(job.work, audio, window).abs()

    return run


def _mel(job: Job) -> Run:
    import torch

    audio, window = torch.from_numpy(job.data), torch.hann_window(job.work.n_fft)
    mel = torch.from_numpy(mel_matrix(job.work))

    def run() -> object:
        with torch.inference_mode():
            return mel @ _spectrum(job.work, audio, window).abs().square()

    return run


def _mfcc(job: Job) -> Run:
    import torch

    audio, window = torch.from_numpy(job.data), torch.hann_window(job.work.n_fft)
    mel = torch.from_numpy(mel_matrix(job.work))
    dct = torch.from_numpy(dct_matrix(job.work))

    def run() -> object:
        with torch.inference_mode():
            power = mel @ _spectrum(job.work, audio, window).abs().square()
            decibel = 10.0 * power.clamp(min=1e-10).log10()
            floor = decibel.amax(dim=(1, 2), keepdim=True) - 80.0
            return dct @ torch.maximum(decibel, floor)

    return run


def _istft(job: Job) -> Run:
    import torch

    spectrum, window = torch.from_numpy(job.data), torch.hann_window(job.work.n_fft)

    def run() -> object:
        with torch.inference_mode():
            return torch.istft(spectrum, **job.work.stft_arguments, window=window)

    return run


def _spectrum(work: Work, audio: Tensor, window: Tensor) -> Tensor:
    import torch

    return torch.stft(
        audio, **work.stft_arguments, window=window, pad_mode="reflect", return_complex=True
    )


PYTORCH = Contender(
    "torch.stft", _libraries, {"stft": _stft, "mel": _mel, "mfcc": _mfcc, "istft": _istft}
)
