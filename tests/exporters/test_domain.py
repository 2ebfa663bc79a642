"""A file says for which lengths, batches and rates it holds, and refuses others."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nnaudio_runtime
import numpy as np
import pytest
import torch
from nnaudio_runtime import AudioError, generated_signal
from support.modules import small_mel
from torch import Tensor, nn

from nnaudio_export import ExportError, MelSpectrogram, export_onnx, export_torchscript

# small_mel: 16 kHz, frames of 256, hops of 128: frame m needs 128 m samples.


class Around(nn.Module):
    """A mel spectrogram, and what a function makes of it."""

    def __init__(self, behind: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.mel = small_mel()
        self.behind = behind

    def forward(self, audio: Tensor) -> Tensor:
        return self.behind(self.mel(audio))


def pooled_when_long(x: Tensor) -> Tensor:
    return nn.functional.avg_pool1d(x, 2) if x.shape[-1] > 300 else x


def other_for_many(x: Tensor) -> Tensor:
    return x * 2 if x.shape[0] >= 8 else x


def pooled_when_very_long(x: Tensor) -> Tensor:
    return nn.functional.avg_pool1d(x, 2) if x.shape[-1] > 100_000 else x


def other_for_very_many(x: Tensor) -> Tensor:
    return x * 2 if x.shape[0] > 100 else x


def other_for_much(x: Tensor) -> Tensor:
    return x * 2 if x.shape[0] * x.shape[-1] > 4000 else x


def in_pieces(x: Tensor) -> Tensor:
    return torch.cat([piece - piece.amax(-1, keepdim=True) for piece in x.split(300, -1)], -1)


def even_frames(x: Tensor) -> Tensor:
    return x[..., 1:] if x.shape[-1] % 2 else x


def padded_when_short(x: Tensor) -> Tensor:
    return nn.functional.pad(x, [0, 20 - x.shape[-1]]) * 2 if x.shape[-1] < 20 else x


def audio(samples: int, batch: int = 1) -> Any:
    return generated_signal((batch, samples), seed=9)


def agrees(module: nn.Module, frontend: nnaudio_runtime.Frontend, x: Any) -> bool:
    with torch.inference_mode():
        expected = module(torch.from_numpy(x)).numpy()
    found = np.asarray(frontend(x))
    return found.shape == expected.shape and bool(
        np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()
    )


@pytest.mark.parametrize(
    ("behind", "longest"),
    # 300 frames are 299 hops; the next frame begins with hop 300.
    [(pooled_when_long, 300 * 128 - 1), (in_pieces, 300 * 128 - 1)],
)
def test_a_branch_on_the_length(
    behind: Callable[[Tensor], Tensor], longest: int, tmp_path: Path
) -> None:
    module = Around(behind).eval()
    result = export_onnx(module, tmp_path / "m.onnx")
    assert result.metadata.max_length == longest
    assert f"to {longest:,} samples" in str(result)
    frontend = nnaudio_runtime.load(tmp_path / "m.onnx")
    assert agrees(module, frontend, audio(longest))
    with pytest.raises(AudioError, match=rf"{longest + 1} samples.* at most {longest}"):
        frontend(audio(longest + 1))


def test_a_users_branch_is_named_with_its_line(tmp_path: Path) -> None:
    result = export_onnx(Around(pooled_when_long).eval(), tmp_path / "m.onnx")
    [bound] = result.bounds
    assert "test_domain.py" in bound
    assert "if x.shape[-1] > 300" in bound


def test_torchscript_holds_the_code_and_so_both_ways(tmp_path: Path) -> None:
    class Scripted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mel = small_mel()

        def forward(self, audio: Tensor) -> Tensor:
            x = self.mel(audio)
            return nn.functional.avg_pool1d(x, 2) if x.shape[-1] > 300 else x

    module = Scripted().eval()
    result = export_torchscript(module, tmp_path / "m.pt")
    assert result.metadata.max_length is None
    assert agrees(module, nnaudio_runtime.load(tmp_path / "m.pt"), audio(50000))


def test_a_branch_on_the_batch(tmp_path: Path) -> None:
    module = Around(other_for_many).eval()
    result = export_onnx(module, tmp_path / "m.onnx")
    assert (result.metadata.min_batch, result.metadata.max_batch) == (1, 7)
    frontend = nnaudio_runtime.load(tmp_path / "m.onnx")
    for batch in (1, 2, 7):
        assert agrees(module, frontend, audio(2000, batch))
    with pytest.raises(AudioError, match=r"batch of 8, the file is proved for at most 7"):
        frontend(audio(2000, 8))


def test_a_branch_far_beyond_what_is_run(tmp_path: Path) -> None:
    result = export_onnx(Around(pooled_when_very_long).eval(), tmp_path / "m.onnx")
    assert result.metadata.max_length == 100_000 * 128 - 1
    result = export_onnx(Around(other_for_very_many).eval(), tmp_path / "m.onnx")
    assert (result.metadata.max_batch, result.metadata.max_length) == (100, None)


def test_a_branch_on_batch_and_length_at_once(tmp_path: Path) -> None:
    """Lengths that hold for all batches that are admitted."""
    module = Around(other_for_much).eval()
    said = export_onnx(module, tmp_path / "m.onnx").metadata
    assert (said.max_batch, said.max_length) == (16, 4000 // 16 * 128 - 1)
    frontend = nnaudio_runtime.load(tmp_path / "m.onnx")
    for batch in (1, 16):
        assert agrees(module, frontend, audio(4000 // 16 * 128 - 1, batch))


def test_a_branch_with_gaps_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"goes another way where not .*test_domain.py:\d+"):
        export_onnx(Around(even_frames).eval(), tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_branch_for_short_input(tmp_path: Path) -> None:
    """One way or the other is in the file, and it says for which lengths."""
    module = Around(padded_when_short).eval()
    result = export_onnx(module, tmp_path / "m.onnx")
    said = result.metadata
    assert (said.min_length, said.max_length) in ((129, 19 * 128 - 1), (19 * 128, None))
    frontend = nnaudio_runtime.load(tmp_path / "m.onnx")
    for length in {said.min_length, said.max_length or 9000}:
        assert agrees(module, frontend, audio(length))


class Normalised(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean(-1, keepdim=True)
        return (x - mean) / torch.sqrt(x.var(-1, keepdim=True, unbiased=False) + 1e-7)


def test_what_looks_at_the_whole_signal_has_a_longest_input(tmp_path: Path) -> None:
    module = nn.Sequential(Normalised(), small_mel()).eval()
    result = export_onnx(module, tmp_path / "m.onnx", longest=100_000)
    assert result.metadata.max_length == 100_000
    assert "mean over time (test_domain.py" in str(result)
    assert {row.length for row in result.parity.rows} >= {100_000}
    with pytest.raises(AudioError, match="at most 100000"):
        nnaudio_runtime.load(tmp_path / "m.onnx")(audio(100_001))


def test_what_is_local_has_none(tmp_path: Path) -> None:
    result = export_onnx(small_mel(), tmp_path / "m.onnx")
    assert result.metadata.max_length is None
    assert result.whole_signal == ()
    assert max(row.length for row in result.parity.rows) == 60 * 16000


@pytest.mark.parametrize(
    ("module", "limit"),
    [
        (Normalised(), 3e-6),
        (nn.Sequential(nn.Unflatten(1, (1, -1)), nn.InstanceNorm1d(1), nn.Flatten(1)), 3e-6),
        (nn.Sequential(nn.Unflatten(1, (1, -1)), nn.GroupNorm(1, 1), nn.Flatten(1)), 3e-6),
    ],
    ids=["mean and variance", "instance norm", "group norm"],
)
@pytest.mark.parametrize("offset", [0.0, 0.5])
def test_sums_over_ten_minutes(
    module: nn.Module, limit: float, offset: float, tmp_path: Path
) -> None:
    """Against float64; an engine's running sum is off by 3e-4 there."""
    module = copy.deepcopy(module).eval().requires_grad_(False)
    export_onnx(module, tmp_path / "m.onnx")
    x = (0.2 * audio(600 * 16000) + np.float32(offset)).astype(np.float32)
    expected = module.double()(torch.from_numpy(x).double()).numpy()
    found = nnaudio_runtime.load(tmp_path / "m.onnx")(x)
    assert np.abs(found - expected).max() <= limit * np.abs(expected).max()


@pytest.mark.parametrize("minutes", [1, 10])
def test_silence_stays_silence(minutes: int, tmp_path: Path) -> None:
    """The mean of a constant is that constant, to the last bit: nothing is left to be magnified."""

    class NormalisedLogarithms(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mel = small_mel()

        def forward(self, audio: Tensor) -> Tensor:
            x = torch.log(self.mel(audio) + 1e-6)
            return (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 1e-5)

    export_onnx(NormalisedLogarithms().eval(), tmp_path / "m.onnx")
    x = np.zeros((1, minutes * 960_000), np.float32)
    assert not nnaudio_runtime.load(tmp_path / "m.onnx")(x).any()


def test_a_running_sum(tmp_path: Path) -> None:
    class Running(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.cumsum(-1)

    export_onnx(Running(), tmp_path / "m.onnx", longest=2_000_000)
    x = (0.2 * audio(2_000_000) + np.float32(0.1)).astype(np.float32)
    expected = x.astype(np.float64).cumsum(-1)
    found = nnaudio_runtime.load(tmp_path / "m.onnx")(x)
    assert np.abs(found - expected).max() <= 3e-6 * np.abs(expected).max()


class Decimated(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mel = MelSpectrogram(sr=16000, n_fft=256, hop_length=128, n_mels=20)

    def forward(self, audio: Tensor) -> Tensor:
        return self.mel(nn.functional.avg_pool1d(audio[:, None], 3)[:, 0])


def test_the_rate_of_the_input(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    with pytest.raises(ValueError, match=r"1/3 samples for one .* pass sample_rate=48000"):
        export_onnx(Decimated().eval(), path)
    with pytest.raises(ValueError, match=r"sample_rate=16000 contradicts MelSpectrogram"):
        export_onnx(Decimated().eval(), path, sample_rate=16000)
    with pytest.raises(ValueError, match=r"sample_rate=8000 contradicts .* the input as it is"):
        export_onnx(nn.Sequential(small_mel()), path, sample_rate=8000)
    with pytest.raises(ValueError, match=r"sample_rate=0: must be a whole number of Hz"):
        export_onnx(small_mel(), path, sample_rate=0)
    assert not path.exists()
    said = export_onnx(Decimated().eval(), path, sample_rate=48000).metadata
    assert (said.sample_rate, said.hop_length) == (48000, 384)
    with pytest.raises(AudioError, match="48000"):
        nnaudio_runtime.load(path).run(audio(9000), sample_rate=16000)


def test_a_cut_is_no_rate(tmp_path: Path) -> None:
    class Cut(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mel = small_mel()

        def forward(self, audio: Tensor) -> Tensor:
            return self.mel(audio[:, :48000])

    said = export_onnx(Cut().eval(), tmp_path / "m.onnx").metadata
    assert said.sample_rate == 16000
    x = audio(said.max_length or 60000)
    assert agrees(Cut().eval(), nnaudio_runtime.load(tmp_path / "m.onnx"), x)


@pytest.mark.parametrize("longest", [0, -1, 1.5, True])
def test_a_longest_input_that_is_none(longest: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"longest={longest}: must be a whole number"):
        export_onnx(small_mel(), tmp_path / "m.onnx", longest=longest)


def test_a_longest_input_below_the_shortest(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"longest=100: .* shortest input, 129"):
        export_onnx(small_mel(), tmp_path / "m.onnx", longest=100)
    assert list(tmp_path.iterdir()) == []


def test_two_exports_in_two_threads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results: dict[int, object] = {}

    def export(number: int) -> None:
        results[number] = export_onnx(small_mel(), tmp_path / f"{number}.onnx").parity.passed

    threads = [threading.Thread(target=export, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {0: True, 1: True}
    print("heard")
    assert capsys.readouterr().out == "heard\n"
