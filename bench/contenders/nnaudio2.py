"""nnAudio2, the layers whose arguments ours share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.contenders.contender import Contender, Job, Run, real_pair

if TYPE_CHECKING:
    from torch import nn

    from bench.workloads import Transform, Workload


def _libraries() -> object:
    from nnAudio2 import features

    return features


def _layer(work: Workload) -> nn.Module:
    from nnAudio2 import features
    from torch import nn

    arguments = {k: v for k, v in work.arguments.items() if k not in work.only_ours}
    layer: nn.Module = getattr(features, _NAMES.get(work.layer, work.layer))(**arguments)
    if not work.log:
        return layer
    from bench.contenders.log10 import Log10

    return nn.Sequential(layer, Log10())


def _run(job: Job) -> Run:
    import torch

    layer = _layer(job.work)
    options = {"onesided": True} if job.work.transform == "istft" else {}
    data = torch.from_numpy(real_pair(job.data))

    def run() -> object:
        with torch.inference_mode():
            return layer(data, **options)

    return run


_NAMES = {"ISTFT": "iSTFT", "ICQT": "iCQT"}
# No Griffin_Lim: it gives torch.istft real numbers, which PyTorch 2 refuses.
_TRANSFORMS: tuple[Transform, ...] = (
    "stft",
    "mel",
    "mfcc",
    "gammatone",
    "cfp",
    "istft",
    "cqt",
    "vqt",
    "icqt",
)

NNAUDIO2 = Contender("nnAudio2, eager", _libraries, dict.fromkeys(_TRANSFORMS, _run))
