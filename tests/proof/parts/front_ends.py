"""The front ends of ours, alone and several in one model."""

from __future__ import annotations

from proof.draft import Draft
from proof.parts.part import part


def _frames(d: Draft) -> tuple[int, int]:
    """A transform's size and hop."""
    size, hop = d.rng.choice(((256, 128), (400, 160), (512, 128), (512, 160), (1024, 256)))
    d.hop = hop
    d.around(size // 2 + 1, size)
    d.around(hop * 7 * d.rate // 16000)
    return size, hop


def _mel(d: Draft, size: int, hop: int, mels: int) -> str:
    more = d.pick(("", "", ", power=1.0", ", htk=True", ", fmin=60.0, fmax=7000.0", ", norm=None"))
    if d.rng.random() < 0.15:
        more += ", center=False"
    return (
        f"MelSpectrogram(sr=16000, n_fft={size}, hop_length={hop}, n_mels={mels}{more}, "
        "verbose=False)"
    )


@part("front end", 8, streams=True)
def mel(d: Draft) -> None:
    size, hop = _frames(d)
    mels = d.rng.choice((16, 20, 24)) if size < 512 else d.rng.choice((24, 32, 40))
    d.front = "MelSpectrogram", d.attribute("mel", _mel(d, size, hop, mels))
    d.step(f"x = {d.front[1]}(x)")
    d.becomes("rows", rows=mels, positive=True)


@part("front end", 3, streams=True)
def stft(d: Draft) -> None:
    size, hop = _frames(d)
    more = d.pick(("", "", ', window="hamming"', ", center=False", ', pad_mode="constant"'))
    more += ', output_format="Magnitude"'
    made = f"STFT(sr=16000, n_fft={size}, hop_length={hop}{more}, verbose=False)"
    d.front = "STFT", d.attribute("stft", made)
    d.step(f"x = {d.front[1]}(x)")
    d.becomes("rows", rows=size // 2 + 1, positive=True)


@part("front end", 3)
def complex_stft(d: Draft) -> None:
    size, hop = _frames(d)
    made = f'STFT(sr=16000, n_fft={size}, hop_length={hop}, output_format="Complex", verbose=False)'
    d.front = "STFT", d.attribute("stft", made)
    d.step(f"x = {d.front[1]}(x)")
    d.becomes("complex", rows=size // 2 + 1)


@part("front end", 2, streams=True)
def mfcc(d: Draft) -> None:
    size, hop = _frames(d)
    top = d.pick(("None", "None", "80.0"))
    made = (
        f"MFCC(sr=16000, n_mfcc=13, n_fft={size}, hop_length={hop}, n_mels=20, top_db={top}, "
        "verbose=False)"
    )
    d.front = "MFCC", d.attribute("mfcc", made)
    d.step(f"x = {d.front[1]}(x)")
    d.becomes("rows", rows=13)


@part("front end", 1, streams=True)
def gammatone(d: Draft) -> None:
    size, hop = _frames(d)
    made = f"Gammatonegram(sr=16000, n_fft={size}, hop_length={hop}, n_bins=24, verbose=False)"
    d.front = "Gammatonegram", d.attribute("gammatone", made)
    d.step(f"x = {d.front[1]}(x)")
    d.becomes("rows", rows=24, positive=True)


@part("front end", 4, streams=True)
def constant_q(d: Draft) -> None:
    kind = d.pick(("CQT1992v2", "CQT1992v2", "CQT2010v2", "VQT"))
    bins, fmin = d.rng.choice(((36, 110.0), (48, 110.0), (60, 55.0), (24, 440.0)))
    d.hop = d.rng.choice((128, 256, 512))
    more = ", gamma=20.0" if kind == "VQT" else ""
    made = f"{kind}(sr=16000, hop_length={d.hop}, fmin={fmin}, n_bins={bins}{more}, verbose=False)"
    d.front = kind, d.attribute("cqt", made)
    d.around(4096, d.hop * 9)
    d.step(f"x = {d.front[1]}(x)")
    d.becomes("rows", rows=bins, positive=True)


@part("front end", 0.5)
def cfp(d: Draft) -> None:
    d.hop = 320
    made = "CFP(fr=8, fs=16000, hop_length=320, window_size=1025, fc=80, tc=1 / 1000, NumPerOct=12)"
    d.front = "CFP", d.attribute("cfp", made)
    d.step(f"x = {d.front[1]}(x)")
    d.becomes("rows", rows=43)


@part("front end", 1.5)
def two_mels(d: Draft) -> None:
    d.hop = 160
    d.around(257, 513, 1024)
    sizes = (d.rng.choice((256, 400)), 1024)
    first, second = (_mel(d, size, 160, 16).replace(", center=False", "") for size in sizes)
    how = d.rng.randrange(3)
    if how == 0:
        d.attribute("short", first)
        d.attribute("long", second)
        d.step("x = torch.cat([self.short(x), self.long(x)], dim=1)")
    elif how == 1:
        d.attribute("mels", f"nn.ModuleList([{first}, {second}])")
        d.step("x = torch.cat([mel(x) for mel in self.mels], 1)")
    else:
        d.attribute("mels", f'nn.ModuleDict({{"short": {first}, "long": {second}}})')
        d.step('x = torch.cat([self.mels["short"](x), self.mels["long"](x)], 1)')
    d.becomes("rows", rows=32, positive=True)


@part("front end", 1)
def harmonic_cqt(d: Draft) -> None:
    d.hop = 256
    made = (
        "nn.ModuleList([CQT1992v2(sr=16000, hop_length=256, fmin=110.0 * h, n_bins=36, "
        "verbose=False) for h in (1, 2)])"
    )
    d.attribute("harmonics", made)
    d.step("x = torch.stack([cqt(x) for cqt in self.harmonics], dim=1)")
    d.becomes("image", rows=36, channels=2, positive=True)


@part("front end", 2)
def masked_resynthesis(d: Draft) -> None:
    size, hop = d.rng.choice(((256, 64), (512, 128), (512, 256)))
    d.hop = hop
    rows = size // 2 + 1
    d.around(size // 2 + 1, size, hop * 8)
    stft = d.attribute(
        "stft",
        f'STFT(sr=16000, n_fft={size}, hop_length={hop}, output_format="Complex", verbose=False)',
    )
    d.attribute("istft", f"ISTFT(sr=16000, n_fft={size}, hop_length={hop}, verbose=False)")
    d.attribute("mask", f"nn.Conv1d({rows}, {rows}, {d.pick(('1', '3, padding=1'))})")
    d.step(
        f"spec = {stft}(x)",
        "mag = torch.sqrt(spec.pow(2).sum(-1) + 1e-8)",
        d.pick(("mask = torch.sigmoid(self.mask(mag))", "mask = self.mask(torch.log(mag)).relu()")),
        "x = self.istft(spec * mask[..., None])",
    )
    d.becomes("audio")


@part("complex")
def magnitude_by_hand(d: Draft) -> None:
    d.step(
        d.pick(
            (
                "x = torch.sqrt(x.pow(2).sum(-1) + 1e-12)",
                "x = torch.sqrt(x[..., 0] ** 2 + x[..., 1] ** 2)",
                "x = x.square().sum(dim=-1)",
                "x = torch.linalg.vector_norm(x, dim=-1)",
            )
        )
    )
    d.becomes("rows", positive=True)


@part("complex")
def two_channels(d: Draft) -> None:
    d.step("x = x.permute(0, 3, 1, 2)")
    d.becomes("image", channels=2)


@part("complex", 0.5)
def compressed_spectrum(d: Draft) -> None:
    d.step("x = x * (x.pow(2).sum(-1, keepdim=True) + 1e-9) ** -0.35", "x = x.permute(0, 3, 1, 2)")
    d.becomes("image", channels=2)
