"""Augmentations are absent from what is exported."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import onnx
import onnx.numpy_helper
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


def outline(path: Path) -> list[tuple[object, ...]]:
    """A graph without the names that it gives: operators, wiring, attributes and weights."""
    graph = onnx.load(path).graph
    weights = {weight.name: weight for weight in graph.initializer}
    numbers: dict[str, int] = {}

    def place(name: str) -> object:
        if name in weights:
            array = onnx.numpy_helper.to_array(weights[name])
            return array.dtype.str, array.shape, array.tobytes()
        return numbers.setdefault(name, len(numbers))

    return [
        ("inputs", [place(value.name) for value in graph.input]),
        *(
            (
                node.op_type,
                [place(name) for name in node.input],
                [place(name) for name in node.output],
                sorted(attribute.SerializeToString() for attribute in node.attribute),
            )
            for node in graph.node
        ),
        ("outputs", [place(value.name) for value in graph.output]),
    ]


def test_onnx(tmp_path: Path) -> None:
    mel = small_mel(trainable_mel=True)
    plain = export_onnx(nn.Sequential(mel), tmp_path / "plain.onnx")
    result = export_onnx(augmented(mel).eval(), tmp_path / "augmented.onnx")
    assert result.parity.passed
    assert outline(result.path) == outline(plain.path)
    assert result.metadata.min_length == plain.metadata.min_length
    other = export_onnx(nn.Sequential(small_mel(power=1.0)), tmp_path / "other.onnx")
    assert outline(other.path) != outline(plain.path)  # the outline tells graphs apart


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
