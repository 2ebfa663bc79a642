"""Behind the front end: rows to rows, as features are made before a network sees them."""

from __future__ import annotations

from proof.draft import Draft
from proof.parts.part import part


@part("head", 6, streams=True, positive=True)
def logarithm(d: Draft) -> None:
    floor = d.pick(("1e-9", "1e-8", "1e-7", "1e-6", "1e-5", "1e-3"))
    d.step(
        d.pick(
            (
                f"x = torch.log(x + {floor})",
                f"x = torch.log10(torch.clamp(x, min={floor}))",
                f"x = x.clamp_min({floor}).log2()",
                f"x = torch.log(torch.maximum(x, torch.full_like(x, {floor})))",
            )
        )
    )
    d.becomes(d.layout)


@part("head", 2, streams=True, positive=True)
def log1p(d: Draft) -> None:
    d.step(d.pick(("x = torch.log1p(x)", "x = torch.log1p(1000.0 * x)")))


@part("head", 2, streams=True, positive=True)
def decibels(d: Draft) -> None:
    amin = d.pick(("1e-10", "1e-8", "1e-5"))
    d.step(
        d.pick(
            (
                f"x = 10.0 * torch.log10(x.clamp(min={amin})) - 20.0",
                f"x = 20.0 * torch.log10(x.clamp(min={amin}) / 0.1)",
            )
        )
    )
    d.becomes(d.layout)


@part("head", 1, positive=True)
def whisper_scale(d: Draft) -> None:
    dims = "(-2, -1)" if d.layout == "rows" else "(-3, -2, -1)"
    d.step(
        "x = torch.log10(x.clamp(min=1e-10))",
        f"x = (torch.maximum(x, x.amax(dim={dims}, keepdim=True) - 8.0) + 4.0) / 4.0",
    )
    d.becomes(d.layout)


@part("head", 2, streams=True, positive=True)
def power_law(d: Draft) -> None:
    d.step(
        d.pick(
            ("x = (x + 1e-10) ** 0.3", "x = x.pow(0.5)", "x = torch.sqrt(x)", "x = x ** (1 / 3)")
        )
    )
    d.becomes(d.layout, positive=True)


@part("head", 1, positive=True)
def pcen_like(d: Draft) -> None:
    smooth = d.pick(
        (
            "F.avg_pool1d(x, 15, 1, 7, count_include_pad=False)",
            "torch.cumsum(x, -1) / torch.arange(1, x.shape[-1] + 1)",
        )
    )
    if d.layout == "rows":
        d.step(f"m = {smooth}", "x = (x / (1e-6 + m) ** 0.98 + 2.0) ** 0.5 - 2.0 ** 0.5")
        d.becomes(d.layout)


@part("rows", 3)
def utterance_normalisation(d: Draft) -> None:
    d.step(
        d.pick(
            (
                "x = (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 1e-5)",
                "x = (x - x.mean((1, 2), keepdim=True)) / (x.std((1, 2), keepdim=True) + 1e-5)",
                "x = (x - x.mean(2, keepdim=True)) / "
                "torch.sqrt(x.var(2, keepdim=True, unbiased=False) + 1e-6)",
            )
        )
    )
    d.becomes("rows")


@part("rows", 3)
def cepstral_mean(d: Draft) -> None:
    d.step("x = x - x.mean(dim=-1, keepdim=True)")
    d.becomes("rows")


@part("rows", 1)
def running_mean(d: Draft) -> None:
    d.step(
        "count = torch.arange(1, x.shape[-1] + 1, device=x.device)",
        "x = x - torch.cumsum(x, dim=-1) / count",
    )
    d.becomes("rows")


@part("rows", 2)
def instance_norm(d: Draft) -> None:
    affine = d.pick(("", ", affine=True"))
    d.step(f"x = {d.attribute('norm', f'nn.InstanceNorm1d({d.rows}{affine})')}(x)")
    d.becomes("rows")


@part("rows", 3, streams=True)
def batch_norm(d: Draft) -> None:
    d.step(f"x = {d.attribute('norm', f'nn.BatchNorm1d({d.rows})')}(x)")
    d.becomes("rows")


@part("rows", 1, streams=True)
def layer_norm(d: Draft) -> None:
    name = d.attribute("norm", f"nn.LayerNorm({d.rows})")
    d.step(f"x = {name}(x.transpose(1, 2)).transpose(1, 2)")
    d.becomes("rows")


@part("rows", 2)
def deltas(d: Draft) -> None:
    taps = "torch.tensor([-0.2, -0.1, 0.0, 0.1, 0.2])"
    d.stages[-1].init.append(f'self.register_buffer("slope", {taps}.repeat({d.rows}, 1, 1))')
    d.step(f'slope = F.conv1d(F.pad(x, (2, 2), "replicate"), self.slope, groups={d.rows})')
    if d.rng.random() < 0.5:
        d.step("x = torch.cat([x, slope], dim=1)")
        d.becomes("rows", rows=2 * d.rows)
    else:
        d.step("x = torch.stack([x, slope], dim=1)")
        d.becomes("image", channels=2)


@part("rows", 1)
def stacked_frames(d: Draft) -> None:
    d.step(
        d.pick(
            (
                "x = torch.cat([x[..., :-2], x[..., 1:-1], x[..., 2:]], dim=1)",
                "x = F.pad(x, (1, 1))\nx = torch.cat([x[..., :-2], x[..., 1:-1], x[..., 2:]], 1)",
                "x = x.unfold(2, 3, 1).permute(0, 1, 3, 2).flatten(1, 2)",
            )
        ).replace("\n", "\n        ")
    )
    d.becomes("rows", rows=3 * d.rows, positive=d.positive)


@part("rows", 1)
def subsampled(d: Draft) -> None:
    step = d.rng.choice((2, 3))
    d.step(f"x = x[..., ::{step}]")
    d.becomes("rows", positive=d.positive)


@part("rows", 1, streams=True, scripts=False)
def masking_in_training(d: Draft) -> None:
    d.step(f"x = {d.attribute('masking', 'TimeMasking(time_mask_param=20)')}(x)")


@part("rows", 0.5, streams=True)
def masking_by_hand(d: Draft) -> None:
    d.step("if self.training:", "    x = x * (torch.rand_like(x[:, :, :1]) > 0.1)")


@part("rows", 1, streams=True)
def global_statistics(d: Draft) -> None:
    d.stages[-1].init += [
        f'self.register_buffer("mean", torch.randn({d.rows}, 1))',
        f'self.register_buffer("scale", torch.rand({d.rows}, 1) + 0.5)',
    ]
    d.step("x = (x - self.mean) / self.scale")
    d.becomes("rows")


@part("rows", 0.5)
def median_removed(d: Draft) -> None:
    d.step("x = x - x.median(dim=-1, keepdim=True).values")
    d.becomes("rows")


@part("rows", 1, streams=True)
def own_filters(d: Draft) -> None:
    filters = d.attribute("filters", f"nn.Parameter(torch.rand(10, {d.rows}) / {d.rows})")
    d.step(
        d.pick(
            (
                f"x = torch.matmul({filters}, x)",
                f'x = torch.einsum("bft,kf->bkt", x, {filters})',
                f"x = F.linear(x.transpose(1, 2), {filters}).transpose(1, 2)",
            )
        )
    )
    d.becomes("rows", rows=10, positive=d.positive)
