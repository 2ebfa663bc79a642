"""nnAudio2, the layers whose arguments ours share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.contenders.contender import Contender, Job, Run, real_pair

if TYPE_CHECKING:
    from torch import nn

    from bench.works import Work


def _libraries() -> object:
    from nnAudio2 import features

    return features


def _layer(work: Work) -> nn.Module:
    from nnAudio2 import features

    layer: nn.Module
    if work.transform == "mel":
        layer = features.MelSpectrogram(**work.mel_arguments, verbose=False)
    elif work.transform == "mfcc":
        layer = features.MFCC(n_mfcc=work.n_mfcc, **work.mel_arguments, verbose=False)
    elif work.transform == "istft":
        layer = features.iSTFT(**work.stft_arguments, verbose=False)
    else:
        layer = features.STFT(**work.stft_arguments, output_format="Magnitude", verbose=False)
    return layer


def _run(job: Job) -> Run:
    import torch

    layer = _layer(job.work)
    options: dict[str, Any] = {"onesided": True} if job.work.transform == "istft" else {}
    data = torch.from_numpy(real_pair(job.data))

    def run() -> object:
        with torch.inference_mode():
            return layer(data, **options)

    return run


NNAUDIO2 = Contender(
    "nnAudio2, eager", _libraries, {"stft": _run, "mel": _run, "mfcc": _run, "istft": _run}
)
