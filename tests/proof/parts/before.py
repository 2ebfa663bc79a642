"""In front of the front end: audio to audio."""

from __future__ import annotations

from proof.draft import Draft
from proof.parts.part import part


@part("before", 3)
def waveform_normalisation(d: Draft) -> None:
    d.step(
        d.pick(
            (
                "x = (x - x.mean(-1, keepdim=True)) / torch.sqrt("
                "x.var(-1, keepdim=True, unbiased=False) + 1e-7)",
                "x = (x - x.mean(1, keepdim=True)) / (x.std(1, keepdim=True) + 1e-5)",
                "x = F.layer_norm(x, x.shape[-1:])",
            )
        )
    )


@part("before", 2)
def rms_normalisation(d: Draft) -> None:
    d.step(
        d.pick(
            (
                "x = 0.1 * x / (x.pow(2).mean(-1, keepdim=True).sqrt() + 1e-6)",
                "x = x * (0.05 / x.square().mean(dim=-1, keepdim=True).add(1e-8).sqrt())",
            )
        )
    )


@part("before", 2)
def peak_normalisation(d: Draft) -> None:
    d.step(
        d.pick(
            (
                "x = x / (x.abs().amax(-1, keepdim=True) + 1e-6)",
                "x = x / x.abs().max(dim=-1, keepdim=True).values.clamp(min=1e-4)",
            )
        )
    )


@part("before", 3)
def pre_emphasis(d: Draft) -> None:
    if d.rng.random() < 0.5:
        d.step("x = torch.cat([x[:, :1], x[:, 1:] - 0.97 * x[:, :-1]], dim=1)")
        return
    d.stages[-1].init.append(
        'self.register_buffer("emphasis", torch.tensor([[[-0.97, 1.0]]]))',
    )
    mode = d.pick(("reflect", "replicate"))
    d.step(
        f'x = F.conv1d(F.pad(x[:, None], (1, 0), "{mode}"), self.emphasis)[:, 0]',
    )


@part("before", 2)
def dc_removal(d: Draft) -> None:
    d.step("x = x - x.mean(dim=-1, keepdim=True)")


@part("before")
def in_place(d: Draft) -> None:
    d.step(
        *d.rng.choice(
            (
                ("x -= x.mean(-1, keepdim=True)",),
                ("x = x.clone()", "x[:, 1:] -= 0.97 * x[:, :-1].clone()"),
                ("x.mul_(0.5)",),
                ("x = x.clone()", "x[x.abs() < 1e-3] = 0.0"),
            )
        )
    )


@part("before", streams=True)
def gain(d: Draft) -> None:
    name = d.attribute("gain", "nn.Parameter(torch.tensor(0.7))")
    d.step(f"x = x * {name}")


@part("before", streams=True)
def dither(d: Draft) -> None:
    d.step("if self.training:", "    x = x + 1e-5 * torch.randn_like(x)")


@part("before", 2, streams=True)
def int16_scale(d: Draft) -> None:
    d.step("x = x * 32768.0")


@part("before", streams=True)
def clipped_input(d: Draft) -> None:
    d.step(d.pick(("x = x.clamp(-0.6, 0.6)", "x = torch.tanh(x)")))


@part("before")
def decimator(d: Draft) -> None:
    d.rate *= 3
    d.attribute("taps", "nn.Conv1d(1, 1, 61, stride=3, padding=30, bias=False)")
    d.stages[-1].init += [
        "with torch.no_grad():",
        "    n = torch.arange(61) - 30",
        "    self.taps.weight.copy_(torch.sinc(n / 3.3) * torch.hann_window(61, False) / 3.3)",
    ]
    d.step("x = self.taps(x[:, None])[:, 0]")
    if d.rng.random() < 0.7:
        d.arguments["sample_rate"] = d.rate
    else:
        d.tags.append("rate unsaid")


@part("before", 2)
def padding_when_short(d: Draft) -> None:
    least = d.rng.choice((2000, 4000, 16000))
    d.around(least)
    d.step(
        *d.rng.choice(
            (
                (
                    f"if x.shape[-1] < {least}:",
                    f"    x = F.pad(x, (0, {least} - x.shape[-1]))",
                ),
                (f"x = F.pad(x, (0, max(0, {least} - x.shape[-1])))",),
            )
        )
    )


@part("before", 0.5)
def even_samples(d: Draft) -> None:
    d.step("if x.shape[-1] % 2:", "    x = x[:, :-1]")


@part("before", 0.7)
def cut_to_seconds(d: Draft) -> None:
    seconds = d.rng.choice((1, 3, 30))
    d.around(seconds * d.rate)
    d.step(f"x = x[:, :{seconds * d.rate}]")


@part("stereo")
def channel_mean(d: Draft) -> None:
    d.stereo = True
    d.step("x = x.mean(1)")
