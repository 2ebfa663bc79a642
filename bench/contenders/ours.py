"""Our layers: eager, as TorchScript and as ONNX."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from bench.contenders.contender import Contender, Job, Run, real_pair

if TYPE_CHECKING:
    from bench.works import Transform, Work
    from nnaudio_export.layers.base import Layer

_ALL: tuple[Transform, ...] = ("stft", "complex", "phase", "mel", "mfcc", "istft")
_STFT_OUTPUTS = {"stft": "Magnitude", "complex": "Complex", "phase": "Phase"}


def layer_of(work: Work) -> Layer:
    """The layer that does a work."""
    from nnaudio_export import ISTFT, MFCC, STFT, MelSpectrogram

    if work.transform == "mel":
        return MelSpectrogram(**work.mel_arguments, verbose=False)
    if work.transform == "mfcc":
        return MFCC(n_mfcc=work.n_mfcc, **work.mel_arguments, verbose=False)
    if work.transform == "istft":
        return ISTFT(**work.stft_arguments, sr=work.sr, verbose=False)
    output = _STFT_OUTPUTS[work.transform]
    return STFT(**work.stft_arguments, sr=work.sr, output_format=output, verbose=False)


def _import_eager() -> object:
    import nnaudio_export

    return nnaudio_export


def _eager(job: Job) -> Run:
    import torch

    layer = layer_of(job.work)
    data = torch.from_numpy(real_pair(job.data))

    def run() -> object:
        with torch.inference_mode():
            return layer(data)

    return run


def _import_torch() -> object:
    import torch

    return torch


def _torchscript(job: Job) -> Run:
    import torch

    path = TORCHSCRIPT.file(job.work, job.folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        module = torch.jit.load(str(path))
    data = torch.from_numpy(real_pair(job.data))

    def run() -> object:
        with torch.inference_mode():
            return module(data)

    return run


def _import_runtime() -> object:
    import nnaudio_runtime
    import onnxruntime

    return nnaudio_runtime, onnxruntime


def _onnx(job: Job) -> Run:
    import nnaudio_runtime

    path = ONNX.file(job.work, job.folder)
    frontend = nnaudio_runtime.load(path, providers="cpu", intra_op_threads=job.threads)
    data = real_pair(job.data)
    return lambda: frontend(data)


EAGER = Contender("ours, eager", _import_eager, dict.fromkeys(_ALL, _eager))
TORCHSCRIPT = Contender(
    "ours, TorchScript", _import_torch, dict.fromkeys(_ALL, _torchscript), suffix=".pt"
)
ONNX = Contender("ours, ONNX", _import_runtime, dict.fromkeys(_ALL, _onnx), suffix=".onnx")
