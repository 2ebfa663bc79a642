"""``python -m bench.migration``: the numbers of ``docs/migrating.md``, nnAudio2 beside this."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bench.recordings import recordings

SR = 22050
HOPS = (512, 500, 441, 160, 1148, 32)
# Four octaves from 32.7 Hz leave room for early downsampling.
LOW: dict[str, Any] = {"sr": SR, "fmin": 32.70, "n_bins": 48, "hop_length": 512}


def figures() -> Iterator[tuple[str, ...]]:
    """What is measured, with nnAudio2's figure and ours."""
    from nnaudio_export import features as ours

    theirs = _nnaudio2()
    audio = torch.from_numpy(recordings()["guit_em9"][: 4 * SR])[None]

    for name in ("STFT", "MelSpectrogram", "MFCC", "Gammatonegram"):
        if hasattr(ours, name):
            form = {"output_format": "Magnitude"} if name == "STFT" else {}
            a, b = (_make(package, name, **form)(audio) for package in (theirs, ours))
            yield f"`{name}()`: difference / maximum", "", f"{_distance(b, a):.0e}"
    cqts = [_make(package, "CQT1992v2", output_format="Complex") for package in (theirs, ours)]
    exact = [cqt(audio) for cqt in cqts]
    yield "`CQT1992v2()`: width of the kernels", *(str(cqt.kernel_width) for cqt in cqts)
    yield "— difference of the magnitudes / maximum", "", f"{_distance(*map(_size, exact)):.1%}"
    for name in ("CQT2010", "CQT2010v2"):
        octaves = [_make(p, name, output_format="Complex")(audio) for p in (theirs, ours)]
        inner = slice(40, -40)  # frames whose longest kernel lies within the audio
        pairs = [(a[:, :, inner], b[:, :, inner]) for a, b in zip(octaves, exact, strict=True)]
        yield (
            f"`{name}()` against `CQT1992v2()`: magnitudes",
            *(f"{_distance(_size(a), _size(b)):.1e}" for a, b in pairs),
        )
        yield "— complex", *(f"{_distance(a, b):.1e}" for a, b in pairs)
    tone = torch.sin(2 * torch.pi * LOW["fmin"] * 8 * torch.arange(4 * SR) / SR)[None]
    for name, gamma in (("CQT2010v2", 0), ("CQT2010", 0), ("VQT", 20)):
        more: dict[str, Any] = {"gamma": gamma} if gamma else {}
        levels = []
        for package in (theirs, ours):
            level = _make(package, name, **LOW, **more)(tone)[0, 36, 80]
            reference = _make(ours, "VQT", **LOW, gamma=gamma)(tone)[0, 36, 80]
            levels.append(f"{float(level / reference):.3g}")
        argument = f", gamma={gamma}" if gamma else ""
        yield f"`{name}(n_bins=48{argument})`: level of a sine / its true level", *levels
    yield (
        "`CQT2010v2`: hops of 512, 500, 441, 160, 1148, 32 that run",
        *(", ".join(str(h) for h in HOPS if _runs(p, audio, h)) for p in (theirs, ours)),
    )
    silence = torch.zeros(1, SR)
    learned = {"trainable": True, "output_format": "Magnitude"}
    yield (
        "`STFT`: gradients that are NaN on silence",
        *(f"{_nan_gradients(p, silence):.0%}" for p in (theirs, ours)),
    )
    yield (
        "`STFT(trainable=True)`: magnitude of silence",
        *(
            f"{round(float(_make(p, 'STFT', **learned)(silence).max()), 9):g}"
            for p in (theirs, ours)
        ),
    )
    spectrum = _make(ours, "STFT")(audio)
    backs = [_make(p, "iSTFT")(spectrum, onesided=True) for p in (theirs, ours)]
    yield "`iSTFT()`: type of the output", *(f"`{str(b.dtype)[6:]}`" for b in backs)
    yield (
        "`MelSpectrogram()`: bytes of a checkpoint",
        *(f"{_checkpoint(_make(p, 'MelSpectrogram')):,}" for p in (theirs, ours)),
    )
    if hasattr(ours, "iCQT"):
        settings: dict[str, Any] = {"sr": SR, "hop_length": 64, "fmin": 110, "n_bins": 60}
        snrs = []
        for package in (theirs, ours):
            torch.manual_seed(0)
            cqt = _make(package, "CQT1992v2", **settings, output_format="Complex")
            band = _band(audio[:, : 2 * SR], 150, 2500)
            back = _make(package, "iCQT", **settings)(cqt(band), length=2 * SR)
            inner = slice(SR // 4, -SR // 4)
            error = (back - band)[:, inner].square().sum()
            snrs.append(f"{float(10 * (band[:, inner].square().sum() / error).log10()):.0f} dB")
        yield "`iCQT`: SNR of 150 ... 2500 Hz, 60 bins from 110 Hz, hop 64", *snrs


def _nnaudio2() -> Any:
    os.environ["NNAUDIO_DISABLE_CITATION_REMINDER"] = "1"  # it prints on import
    from nnAudio2 import features

    return features


def _make(package: Any, name: str, **settings: Any) -> Any:
    """A layer, without what it prints and warns."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layer: nn.Module = getattr(package, name)(**settings)
    return layer.requires_grad_(False)


def _size(spectrum: Tensor) -> Tensor:
    return spectrum.square().sum(-1).sqrt()


def _distance(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).abs().max() / expected.abs().max())


def _runs(package: Any, audio: Tensor, hop_length: int) -> bool:
    try:
        _make(package, "CQT2010v2", hop_length=hop_length)(audio)
    except (RuntimeError, ValueError):
        return False
    return True


def _nan_gradients(package: Any, silence: Tensor) -> float:
    audio = silence.clone().requires_grad_(True)
    _make(package, "STFT", output_format="Magnitude")(audio).sum().backward()
    assert audio.grad is not None
    return float(audio.grad.isnan().float().mean())


def _checkpoint(layer: nn.Module) -> int:
    return sum(t.numel() * t.element_size() for t in layer.state_dict().values())


def _band(audio: Tensor, lowest: float, highest: float) -> Tensor:
    spectrum = np.fft.rfft(audio.numpy())
    frequencies = np.fft.rfftfreq(audio.shape[1], 1 / SR)
    spectrum[:, (frequencies < lowest) | (frequencies > highest)] = 0
    return torch.from_numpy(np.fft.irfft(spectrum, audio.shape[1]).astype(np.float32))


def table(rows: Callable[[], Iterator[tuple[str, ...]]] = figures) -> str:
    """The figures as a table in Markdown."""
    lines = ["| | nnAudio2 2.0.3 | nnaudio-export |", "|---|---|---|"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows()])


if __name__ == "__main__":
    print(table())
