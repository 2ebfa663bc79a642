"""What is known to go wrong, one by one: the file is right, or refused with its cause."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from proof.judge import judge
from proof.model import Model

_MEL = "MelSpectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=40, verbose=False)"
_CQT = "CQT1992v2(sr=16000, hop_length=256, fmin=32.7, n_bins=84, verbose=False)"
_NORM = "x = (x - x.mean(1, keepdim=True)) / torch.sqrt(x.var(1, keepdim=True) + 1e-7)"


def _net(*steps: str, init: str = "", front: str = _MEL, before: str = "") -> str:
    """A program of one class, with a front end ``self.front``."""
    lines = [
        before,
        "torch.manual_seed(0)",
        "class Net(nn.Module):",
        "    def __init__(self):",
        "        super().__init__()",
        f"        self.front = {front}",
        *(f"        {line}" for line in init.splitlines()),
        "",
        "    def forward(self, x):",
        *(f"        {line}" for line in steps),
        "        return x",
        "",
        "model = settled(Net())",
    ]
    return "\n".join(lines)


class Known(NamedTuple):
    """A fault that left, once.

    Attributes:
        source: the program.
        tag: the kind, in the table of causes.
        unsound: no file can be right.
        exports: a refusal is a fault too.
        lengths: on which it shows.
        strict: what neighbours of the input do is no excuse.
    """

    source: str
    tag: str = ""
    unsound: bool = False
    exports: bool = False
    lengths: tuple[int, ...] = ()
    rate: int = 16000
    strict: bool = False


_HOOK = "def hook(module, given, output):\n    return output.clamp(max=60.0)"
_PRE_HOOK = "def hook(module, given):\n    return (given[0].clamp(-1.2, 1.2),)"
_CLIPPED = (
    "class Clipped(MelSpectrogram):\n    def forward(self, x):\n"
    "        return super().forward(x.clamp(-1.2, 1.2))"
)
_COUNT = ("self.calls += 1", "if self.calls > {}:", "    x = x * 2.0")

KNOWN = {
    "pools when there are many frames": Known(
        _net(
            "x = self.front(x)",
            "if x.shape[-1] > 3000:",
            "    x = F.avg_pool1d(x, 2, ceil_mode=True)",
        ),
        "branch on frames",
        lengths=(479_000, 481_000),
    ),
    "normalises by its first seconds": Known(
        _net("x = x / (x[:, :480000].abs().amax(1, keepdim=True) + 1e-6)", "x = self.front(x)"),
        "first frames",
        lengths=(479_999, 480_001, 640_000),
    ),
    "splits into pieces": Known(
        _net(
            "x = self.front(x)",
            "x = torch.cat([p - p.mean(-1, keepdim=True) for p in x.split(300, -1)], -1)",
        ),
        "pieces",
        lengths=(48_000, 64_000, 120_000),
    ),
    "another path for large batches": Known(
        _net("x = self.front(x)", "if x.shape[0] >= 8:", "    x = x.sqrt()"), "branch on batch"
    ),
    "a forward hook": Known(
        _net(
            "x = self.front(x)",
            init="self.front.register_forward_hook(hook)",
            before=_HOOK,
        )
    ),
    "a forward pre-hook": Known(
        _net(
            "x = self.front(x)",
            init="self.front.register_forward_pre_hook(hook)",
            before=_PRE_HOOK,
        )
    ),
    "a hook on an inner block": Known(
        _net(
            "x = self.front(x)",
            init="self.front.stft.bank.register_forward_hook(hook)",
            before=_HOOK.replace("max=60", "max=9"),
        )
    ),
    "a subclass": Known(
        _net(
            "x = self.front(x)",
            front=_MEL.replace("MelSpectrogram", "Clipped"),
            before=_CLIPPED,
        )
    ),
    "a logarithm of a CQT": Known(
        _net("x = torch.log(self.front(x) + 1e-9)", front=_CQT), exports=True, strict=True
    ),
    "trained kernels, then a gain per bin": Known(
        _net(
            "x = self.front(x) * self.gain",
            front='STFT(sr=16000, n_fft=512, trainable=True, output_format="Magnitude")',
            init=(
                "kernel = self.front.bank.kernel\n"
                "kernel.data += 3e-7 * torch.randn_like(kernel).clamp(-1, 1)\n"
                "self.gain = nn.Parameter(torch.logspace(-4, 4, 257)[:, None])"
            ),
        ),
        exports=True,  # bins without energy hold what any FFT rounds
    ),
    "waveform normalisation, minutes": Known(
        _net(_NORM, front="nn.Identity()"), exports=True, lengths=(4_800_000,)
    ),
    "waveform normalisation and a mel": Known(_net(_NORM, "x = self.front(x)"), exports=True),
    "cepstral mean normalisation": Known(
        _net("x = torch.log(self.front(x) + 1e-6)", "x = x - x.mean(-1, keepdim=True)"),
        exports=True,
    ),
    "a clock in float32": Known(
        _net(
            "x = x * torch.sin(0.001 * torch.arange(x.shape[1], dtype=torch.float32))",
            front="nn.Identity()",
        ),
        "clock",
        lengths=(2**24 + 1000,),
    ),
    "a decimator without its rate": Known(
        _net(
            "x = self.front(self.taps(x[:, None])[:, 0])",
            init="self.taps = nn.Conv1d(1, 1, 97, stride=3, padding=48)",
        ),
        "rate unsaid",
        rate=48000,
    ),
    "an infinite filter": Known(
        _net(
            "x = self.front(x)",
            init="self.front.mel.matrix[3, 5] = float('inf')",
        ),
        "bad filter",
        unsound=True,
    ),
    "a NaN in a convolution": Known(
        _net(
            "x = self.conv(self.front(x))",
            init=("self.conv = nn.Conv1d(40, 8, 3)\nself.conv.weight.data[1, 2, 0] = float('nan')"),
        ),
        "bad convolution",
        unsound=True,
    ),
    "one time in a hundred": Known(
        _net(
            "x = self.front(x)",
            "if random.random() < 0.01:",
            "    x = x * 0.5",
            before="import random",
        ),
        "random branch",
        unsound=True,
    ),
    "one time in a hundred, by torch": Known(
        _net("x = self.front(x)", "x = torch.where(torch.rand(()) < 0.01, 0.5 * x, x)"),
        "random branch",
        unsound=True,
    ),
    "a counter that acts at once": Known(
        _net(
            "x = self.front(x)",
            *(line.format(2) for line in _COUNT),
            init="self.calls = 0",
        ),
        "counter",
        unsound=True,
    ),
    "a counter that acts after 500 calls": Known(
        _net(
            "x = self.front(x)",
            *(line.format(500) for line in _COUNT),
            init="self.calls = 0",
        ),
        "counter",
        unsound=True,
    ),
    "a running mean in a buffer": Known(
        _net(
            "x = self.front(x)",
            "self.average = 0.9 * self.average + 0.1 * x.mean()",
            "x = x - self.average",
            init='self.register_buffer("average", torch.zeros(()))',
        ),
        "running state",
        unsound=True,
    ),
    "a branch on values": Known(
        _net("if x.abs().max() > 1:", "    x = x / x.abs().max()", "x = self.front(x)"),
        "branch on values",
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_right_or_refused_with_its_cause(name: str, tmp_path: Path) -> None:
    known = KNOWN[name]
    made = Model(
        name=f"known{list(KNOWN).index(name)}",
        source=known.source,
        tags=(known.tag,),
        rate=known.rate,
        lengths=known.lengths,
        unsound=known.tag if known.unsound else "",
    )
    verdict = judge(made, tmp_path)
    expected = (
        {"refused"} if known.unsound else {"right"} if known.exports else {"right", "refused"}
    )
    assert verdict.kind in expected, str(verdict)
    assert not (known.strict and verdict.fault), str(verdict)
