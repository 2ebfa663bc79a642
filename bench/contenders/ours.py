"""Our layers: eager, as TorchScript and as ONNX, lowered and in their textbook form."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from bench.contenders.contender import Builder, Contender, Job, Run, real_pair

if TYPE_CHECKING:
    from torch import nn

    from bench.workloads import Workload


def layer_of(work: Workload) -> nn.Module:
    """The layer that does a work; with the logarithm behind it where the work has one."""
    from torch import nn

    import nnaudio_export

    layer: nn.Module = getattr(nnaudio_export, work.layer)(**work.arguments)
    if not work.log:
        return layer
    from bench.contenders.log10 import Log10

    return nn.Sequential(layer, Log10())


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


def _onnx(suffix: str) -> Builder:
    def build(job: Job) -> Run:
        import nnaudio_runtime

        path = job.folder / f"{job.work.key}{suffix}"
        frontend = nnaudio_runtime.load(path, providers="cpu", intra_op_threads=job.threads)
        data = real_pair(job.data)
        return lambda: frontend(data)

    return build


def _contender(name: str, suffix: str) -> Contender:
    return Contender(name, _import_runtime, _onnx(suffix), suffix)


EAGER = Contender("ours, eager", _import_eager, _eager)
TORCHSCRIPT = Contender("ours, TorchScript", _import_torch, _torchscript, suffix=".pt")
ONNX = _contender("ours, ONNX", ".onnx")
TEXTBOOK = _contender("ours, textbook ONNX", ".textbook.onnx")
