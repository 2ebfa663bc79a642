"""Lowered modules compute the same, and what is not the same is left alone."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from layers.table import ROWS, Row
from nnaudio_contract import Demand, Description
from torch import nn

from nnaudio_export import CFP, CQT2010, ICQT, ISTFT, MFCC, STFT, MelSpectrogram, lower
from nnaudio_export.blocks.even_dft import EvenDFT
from nnaudio_export.blocks.filter_bank import FilterBank
from nnaudio_export.fast.multirate.multirate_adjoint import MultiratePair
from nnaudio_export.fast.split_dft.split_bank import SplitBank
from nnaudio_export.kernels.cepstrum import even_dft

# The plan's own limit: what lowering may change, without the rounding of float32.
TOLERANCE = 3e-6

rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)


def audio(batch: int = 2, samples: int = 3000) -> torch.Tensor:
    return torch.rand(batch, samples, generator=torch.Generator().manual_seed(0)) - 0.5


def relative(found: torch.Tensor, expected: torch.Tensor) -> float:
    difference = (found - expected).detach().abs().max()
    return float(difference / expected.detach().abs().max())


@rows
def test_same_numbers(row: Row) -> None:
    layer = row.make()
    fast, plan = lower(layer)
    assert [part.layer for part in plan.parts] == [layer.describe().layer]
    assert plan.parts[0].error <= TOLERANCE
    # In float64 nothing hides the difference.
    slow, fast = copy.deepcopy(layer).double(), fast.double()
    for length in (layer.describe().min_length, layer.describe().min_length * 3 + 5):
        x = torch.from_numpy(row.example("noise", length, 2)).double()
        with torch.no_grad():
            expected, found = slow(x), fast(x)
        for a, b, item in zip(found, expected, x, strict=True):
            assert row.error(a.numpy(), b.numpy(), item.numpy()) <= TOLERANCE


@pytest.mark.parametrize("sizes", [(512, 128), (400, 160), (441, 147), (1200, 300), (4096, 1024)])
@pytest.mark.parametrize("output_format", ["Magnitude", "Complex", "Phase", "CosSin"])
def test_composite_frames_are_split(sizes: tuple[int, int], output_format: str) -> None:
    layer = STFT(*sizes[:1], hop_length=sizes[1], output_format=output_format, verbose=False)
    _, plan = lower(layer)
    (part,) = plan.parts
    assert part.method.startswith("Fourier")
    assert part.multiplications[1] * 5 < part.multiplications[0]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("a prime frame", {"n_fft": 401, "hop_length": 100}),
        ("a frame too short to gain", {"n_fft": 8, "hop_length": 3}),
    ],
)
def test_what_cannot_be_split_stays(name: str, arguments: dict[str, object]) -> None:
    layer = STFT(**arguments, verbose=False)  # type: ignore[arg-type]
    fast, plan = lower(layer)
    assert plan.parts[0].method == "as it is", name
    assert torch.equal(fast(audio()), layer(audio()))


@pytest.mark.parametrize("sizes", [(2048, 441), (512, 220), (400, 147), (512, 500), (512, 700)])
@pytest.mark.parametrize("samples", [0, 1, 999])
def test_any_hop(sizes: tuple[int, int], samples: int) -> None:
    """Hops that the channels do not divide, and frames that end just after a hop or before it."""
    layer = STFT(sizes[0], hop_length=sizes[1], verbose=False)
    fast, plan = lower(layer)
    assert plan.parts[0].method.startswith("Fourier")
    x = audio(2, layer.min_samples + 3 * sizes[1] + samples)
    assert fast(x).shape == layer(x).shape
    assert relative(fast(x), layer(x)) < TOLERANCE


def test_trained_kernels_stay() -> None:
    layer = STFT(n_fft=512, hop_length=128, trainable=True, verbose=False)
    with torch.no_grad():
        layer.bank.kernel[7] += 1e-4 * torch.randn(512)
    fast, plan = lower(layer)
    assert plan.parts[0].method == "as it is"
    assert torch.equal(fast(audio()), layer(audio()))


def test_trained_kernels_that_still_fit_are_split() -> None:
    """Another window is still a window times exponentials."""
    layer = STFT(n_fft=512, hop_length=128, trainable=True, verbose=False)
    with torch.no_grad():
        layer.bank.kernel *= torch.rand(512)
    fast, plan = lower(layer)
    assert plan.parts[0].method.startswith("Fourier")
    assert relative(fast(audio()), layer(audio())) < TOLERANCE


@pytest.mark.parametrize(("moved", "method"), [(1e-6, "as it is"), (1e-9, "Fourier")])
def test_kernels_are_judged_row_by_row(moved: float, method: str) -> None:
    """Less than 1e-6 of the largest weight is much, where a gain behind lifts a quiet bin."""
    layer = STFT(512, hop_length=128, trainable=True, verbose=False, output_format="Magnitude")
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        kernel = layer.get_parameter("bank.kernel")
        kernel.add_(2 * torch.rand(kernel.shape, generator=random) - 1, alpha=moved)
    fast, plan = lower(layer)
    assert plan.parts[0].method.startswith(method)
    # On a bin: in the others the window leaves -150 dB, or what training put there.
    tone = torch.sin(2 * torch.pi * 16 / 512 * torch.arange(4096, dtype=torch.float64))[None]
    with torch.no_grad():
        expected, found = copy.deepcopy(layer).double()(tone), fast.double()(tone)
    inner = slice(2, -2)  # frames without mirrored audio
    error = (found - expected).abs()[:, 30:, inner].max() / expected.max()
    quiet = expected[:, 30:, inner].max() / expected.max()
    # 60 dB of gain for these bins leave the error within the tolerance.
    assert float(quiet) < 1e-6
    assert float(error) < 1e-8


@pytest.mark.parametrize("row", [0, 1, 100, 256])
def test_one_row_that_was_trained(row: int) -> None:
    layers = (
        STFT(n_fft=512, hop_length=128, trainable=True, verbose=False),
        ISTFT(n_fft=512, hop_length=128, trainable_kernels=True, verbose=False),
    )
    for layer in layers:
        assert lower(layer).plan.parts[0].method.startswith("Fourier")
        kernel = next(p for name, p in layer.named_parameters() if name.endswith("kernel"))
        with torch.no_grad():
            kernel[row] *= 1 + 1e-6
        assert lower(layer).plan.parts[0].method == "as it is"


def test_errors_by_row() -> None:
    """A faint bin's error is nothing beside the loudest bin, and all there is in its own."""
    _, plan = lower(STFT(n_fft=512, hop_length=128, verbose=False))
    (part,) = plan.parts
    assert part.error < part.row_error < 1e-6
    assert f"error {part.error:.0e}, per row {part.row_error:.0e}" in str(plan)


def test_trained_mel_filters_over_a_fixed_transform() -> None:
    layer = MelSpectrogram(n_fft=512, hop_length=128, n_mels=20, trainable_mel=True, verbose=False)
    with torch.no_grad():
        layer.mel.matrix += torch.rand_like(layer.mel.matrix)
    fast, plan = lower(layer)
    assert plan.parts[0].method.startswith("Fourier")
    assert relative(fast(audio()), layer(audio())) < TOLERANCE


def test_icqt_goes_through_a_multirate_bank_and_back() -> None:
    layer = ICQT(sr=22050, hop_length=48, fmin=110.0, n_bins=60, verbose=False)
    fast, plan = lower(layer)
    (part,) = plan.parts
    assert part.method.startswith("multirate")
    assert part.multiplications[1] * 5 < part.multiplications[0]
    # <A x, y> = <x, A' y>: forward and back are each other's adjoint, or gradients would not be.
    bank = copy.deepcopy(fast.bank).double()
    assert isinstance(bank, MultiratePair)
    dense = copy.deepcopy(layer.bank).double()
    assert isinstance(dense, FilterBank)
    for samples in (dense.kernel.shape[2], 9000, 9063):
        x = audio(1, samples).double()[None]
        spectrum = bank(x)
        y = torch.rand(spectrum.shape, generator=torch.Generator().manual_seed(1)).double() - 0.5
        back = bank.adjoint(y)
        forth = (spectrum * y).sum()
        assert abs(forth - (x[..., : back.shape[2]] * back).sum()) <= 1e-5 * spectrum.norm()
        assert relative(back, dense.adjoint(y)) < TOLERANCE


@pytest.mark.parametrize("trained", [False, True])
def test_cfp_splits_its_transforms(trained: bool) -> None:
    """A window of 501 in 1000 samples, and the transform of an even sequence behind it."""
    layer = CFP(fr=8, fs=8000, hop_length=200, window_size=501, NumPerOct=12, trainable_STFT=True)
    if trained:
        random = torch.Generator().manual_seed(3)
        with torch.no_grad():
            for kernel in layer.bank.parameters():
                kernel.add_(torch.rand(kernel.shape, generator=random), alpha=1e-3)
    _, plan = lower(layer)
    # Trained kernels that are no window times exponentials stay; the cepstrum's transform is fixed.
    # Of the spectrum behind it so few bins are read that its matrix is the cheaper form.
    assert plan.parts[0].method.count("Fourier") == (1 if trained else 2)
    assert plan.parts[0].error <= TOLERANCE
    assert plan.parts[0].multiplications[1] < plan.parts[0].multiplications[0]


@pytest.mark.parametrize("size", [1000, 1001, 777, 1009])
@pytest.mark.parametrize("silent_below", [0, 7])
@pytest.mark.parametrize("n_out", [500, 90])
def test_even_transforms(size: int, silent_below: int, n_out: int) -> None:
    n_out = min(n_out, size // 2 + 1)
    matrix = EvenDFT(size=size, n_out=n_out, silent_below=silent_below).double()
    matrix.matrix = torch.from_numpy(even_dft(size=size, n_out=n_out, silent_below=silent_below))
    [fast] = matrix.fast_form(Description(), Demand(), TOLERANCE).modules
    fast = fast.double()
    if size == 1009:  # a prime
        assert fast is matrix
    x = audio(2, (size // 2 + 1) * 5).double().reshape(2, -1, 5)
    whole = torch.cat([x, x[:, 1 : (size + 1) // 2].flip(1)], dim=1).numpy()
    whole[:, :silent_below] = 0
    whole[:, size - silent_below :] = 0
    expected = np.fft.fft(whole, axis=1).real[:, :n_out] / np.sqrt(size)
    # The weights of the split form are float32 where they came from a float32 layer.
    assert relative(fast(x), torch.from_numpy(expected)) < 1e-6


@pytest.mark.parametrize("trained", [False, True])
def test_spectral_octaves_become_filters_over_time(trained: bool) -> None:
    """Also when either step was trained: the product of two matrices is one all the same."""
    both = {"trainable_STFT": trained, "trainable_CQT": trained}
    layer = CQT2010(sr=16000, fmin=110.0, n_bins=40, verbose=False, **both)  # type: ignore[arg-type]
    if trained:
        with torch.no_grad():
            for weight in layer.bank.parameters():
                weight.add_(torch.rand_like(weight), alpha=1e-2)
    fast, plan = lower(layer)
    assert plan.parts[0].method == "octaves over time"
    assert plan.parts[0].multiplications[1] * 3 < plan.parts[0].multiplications[0]
    x = audio(2, 3 * layer.min_samples)
    assert relative(fast(x), layer(x)) < TOLERANCE


# inductor's own, of torch.jit.script_method
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_compiled_and_differentiated() -> None:
    """``torch.compile`` takes a lowered layer as one graph, with the gradient of the audio.

    Both are captured as for any backend; the default one would compile C++ for half a minute.
    """
    layer = MelSpectrogram(n_fft=512, hop_length=128, n_mels=20, verbose=False)
    compiled = torch.compile(lower(layer).module, fullgraph=True, backend="aot_eager")
    outputs, gradients = [], []
    for module in (layer, compiled):
        x = audio(1, 2000).requires_grad_()
        output = module(x)
        output.square().sum().backward()
        assert x.grad is not None
        outputs.append(output.detach())
        gradients.append(x.grad)
    assert relative(outputs[1], outputs[0]) < TOLERANCE
    assert relative(gradients[1], gradients[0]) < 1e-5


def test_bins_that_nothing_reads_are_not_computed() -> None:
    sizes = {"sr": 16000, "n_fft": 512, "hop_length": 128, "n_mels": 20, "verbose": False}
    whole, _ = lower(MelSpectrogram(**sizes))  # type: ignore[arg-type]
    low, _ = lower(MelSpectrogram(**sizes, fmax=2000))  # type: ignore[arg-type]

    def rows(module: nn.Module) -> int:
        return next(m.rows for m in module.modules() if isinstance(m, SplitBank))

    assert rows(low) <= rows(whole) / 2


def test_at_any_depth_and_the_original_is_untouched() -> None:
    model = nn.Sequential(nn.Sequential(MFCC(n_fft=512, hop_length=128, verbose=False)), nn.ReLU())
    before = copy.deepcopy(model.state_dict())
    expected = model(audio())
    fast, plan = lower(model)
    assert [part.name for part in plan.parts] == ["0.0"]
    assert any(isinstance(module, MFCC) for module in model.modules())
    assert torch.equal(model(audio()), expected)
    assert model.state_dict().keys() == before.keys()
    assert relative(fast(audio()), expected) < 1e-5
    assert "0.0: Fourier" in str(plan)
    assert str(lower(nn.ReLU()).plan) == "nothing to lower"


def test_gradients_reach_the_audio() -> None:
    layer = MelSpectrogram(n_fft=512, hop_length=128, n_mels=20, verbose=False)
    gradients = []
    for module in (layer, lower(layer).module):
        x = audio().requires_grad_()
        module(x).square().sum().backward()
        assert x.grad is not None
        gradients.append(x.grad)
    slow, fast = gradients
    assert relative(fast, slow) < 1e-5
    silent = torch.zeros(1, 3000, requires_grad=True)
    magnitude = STFT(n_fft=512, hop_length=128, output_format="Magnitude", verbose=False)
    lower(magnitude).module(silent).sum().backward()
    assert silent.grad is not None
    assert torch.isfinite(silent.grad).all()


@pytest.mark.parametrize("tolerance", [0, -1.0, float("nan"), float("inf"), "small"])
def test_tolerance(tolerance: object) -> None:
    with pytest.raises(ValueError, match=r"^tolerance=.*: must be a finite number above 0"):
        lower(nn.ReLU(), tolerance)  # type: ignore[arg-type]


def test_bad_audio_is_refused_as_before() -> None:
    fast, _ = lower(STFT(n_fft=512, hop_length=128, verbose=False))
    with pytest.raises(ValueError, match="audio has 256 samples: must have at least 257"):
        fast(torch.zeros(1, 256))
