"""What an exported TorchScript file is."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import nnaudio_runtime
import pytest
import torch
from nnaudio_exporters.proof.difference import difference
from nnaudio_runtime import generated_signal
from support.modules import TwoOutputs, classifier, small_mel

from nnaudio_export import export_torchscript

if TYPE_CHECKING:
    from pathlib import Path


def test_the_archive_is_the_same_every_time_and_names_no_machine(tmp_path: Path) -> None:
    contents = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        export_torchscript(small_mel(), tmp_path / folder / "mel.pt")
        contents.append((tmp_path / folder / "mel.pt").read_bytes())
    assert contents[0] == contents[1]
    with zipfile.ZipFile(tmp_path / "a" / "mel.pt") as archive:
        assert not [name for name in archive.namelist() if "debug" in name]
        code = archive.read("archive/code/__torch__.py").decode()
        properties = json.loads(archive.read("archive/extra/nnaudio.json"))
    assert "class PlaceholderModule" in code
    assert "if " not in code
    assert properties["nnaudio.layer"] == "MelSpectrogram"
    assert properties["nnaudio.output_names"] == "mel"


@pytest.mark.filterwarnings("ignore:`torch.jit.load` is deprecated:DeprecationWarning")
def test_plain_pytorch_opens_it(tmp_path: Path) -> None:
    layer = small_mel()
    export_torchscript(layer, tmp_path / "mel.pt", lower=False)  # the same sums
    extra = {"nnaudio.json": ""}
    module = torch.jit.load(str(tmp_path / "mel.pt"), _extra_files=extra)
    audio = torch.from_numpy(generated_signal((3, 4001), 2))
    assert torch.equal(module(audio), layer(audio))
    assert torch.equal(module(audio[0]), layer(audio[0])), "one dimension is accepted too"
    assert json.loads(extra["nnaudio.json"])["nnaudio.sample_rate"] == "16000"


def test_models_and_dicts(tmp_path: Path) -> None:
    audio = generated_signal((2, 5000), 3)
    model = classifier().eval()
    export_torchscript(model, tmp_path / "model.pt")
    found = nnaudio_runtime.load(tmp_path / "model.pt")(audio)
    with torch.no_grad():
        assert difference(model(torch.from_numpy(audio)).numpy(), found, "relative") <= 3e-6
    two = TwoOutputs().eval()
    export_torchscript(two, tmp_path / "two.pt")
    outputs = nnaudio_runtime.load(tmp_path / "two.pt").run(audio)
    with torch.no_grad():
        expected = two(torch.from_numpy(audio))
    assert list(outputs) == list(expected)
    for name, tensor in expected.items():
        assert difference(tensor.numpy(), outputs[name], "relative") <= 3e-6, name
