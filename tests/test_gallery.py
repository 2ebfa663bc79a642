"""The gallery's table is complete, so that its page cannot go stale."""

from __future__ import annotations

import doctest
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from nnaudio_export import layers

FOLDER = Path(__file__).parents[1] / "docs"
PICTURE_BYTES = 60_000

LAYERS = {entry.name for entry in layers.LAYERS if entry.gallery}


@pytest.fixture(scope="module")
def gallery() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gallery", FOLDER / "gallery.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["gallery"] = module  # where dataclasses look their annotations up
    spec.loader.exec_module(module)
    return module


def test_every_layer_has_a_panel(gallery: ModuleType) -> None:
    assert {panel.layer for panel in gallery.PANELS} >= LAYERS


def test_the_page_shows_every_layer() -> None:
    """Else run ``make gallery``."""
    page = (FOLDER / "gallery.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^## (\w+)$", page, re.MULTILINE)) == LAYERS
    pictures = re.findall(r"!\[\w+\]\(([^)]+)\)", page)
    assert len(pictures) == len(LAYERS)
    for picture in pictures:
        assert 0 < (FOLDER / picture).stat().st_size < PICTURE_BYTES


def test_drawing(gallery: ModuleType, tmp_path: Path) -> None:
    panel = gallery.Panel("STFT", {"n_fft": 256, "output_format": "Magnitude"})
    audio = torch.from_numpy(np.sin(np.arange(2000, dtype=np.float32)))[None]
    layer, x, outputs = gallery.run(panel, audio)
    gallery.save(gallery.draw(panel, layer, outputs["magnitude"], audio, 22050), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    text = gallery.section(panel, layer, x, outputs)
    assert "audio `(1, 2000)` (`batch, samples`) → magnitude `(1, 129, 32)`" in text
    assert 'STFT(n_fft=256, output_format="Magnitude")' in text


def test_examples(gallery: ModuleType) -> None:
    assert doctest.testmod(gallery).failed == 0
