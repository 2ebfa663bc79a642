"""Augmentations are absent from what is exported."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import onnx
import pytest
import torch
from augment.cases import CASES
from support.modules import small_mel
from torch import nn

from nnaudio_export import export_onnx, export_torchscript


def augmented(mel: nn.Module) -> nn.Sequential:
    """All augmentations, of audio before the front end and of spectrograms behind it."""
    before = [case.make() for case in CASES if not case.spectrogram]
    behind = [case.make() for case in CASES if case.spectrogram]
    return nn.Sequential(*before, mel, *behind)


def nodes(path: Path) -> Counter[str]:
    return Counter(node.op_type for node in onnx.load(path).graph.node)


def test_onnx(tmp_path: Path) -> None:
    mel = small_mel(trainable_mel=True)
    plain = export_onnx(nn.Sequential(mel), tmp_path / "plain.onnx")
    result = export_onnx(augmented(mel).eval(), tmp_path / "augmented.onnx")
    assert result.parity.passed
    assert nodes(result.path) == nodes(plain.path)
    assert result.metadata.min_length == plain.metadata.min_length
    with_noise, without = onnx.load(result.path).graph, onnx.load(plain.path).graph
    assert [list(i.dims) for i in with_noise.initializer] == [
        list(i.dims) for i in without.initializer
    ]


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*torch.jit:FutureWarning")
def test_torchscript(tmp_path: Path) -> None:
    result = export_torchscript(augmented(small_mel()).eval(), tmp_path / "augmented.pt")
    assert result.parity.passed
    plain = export_torchscript(nn.Sequential(small_mel()), tmp_path / "plain.pt")

    def kinds(path: Path) -> Counter[str]:
        return Counter(node.kind() for node in torch.jit.load(path).inlined_graph.nodes())

    assert kinds(result.path) == kinds(plain.path)
    assert not {"prim::If", "prim::Loop"} & set(kinds(result.path))


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*torch.jit:FutureWarning")
def test_a_scripted_module_refuses_to_train() -> None:
    """Better no number than one that was not augmented."""
    scripted = torch.jit.script(augmented(small_mel()))
    with pytest.raises(torch.jit.Error, match="annotated to be ignored"):
        scripted(torch.zeros(1, 1000))
    assert scripted.eval()(torch.zeros(1, 1000)).shape == (1, 20, 8)


def test_training_mode_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"training mode.*call \.eval\(\) first"):
        export_onnx(augmented(small_mel()), tmp_path / "training.onnx")
