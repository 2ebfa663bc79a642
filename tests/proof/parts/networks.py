"""Networks over rows and images."""

from __future__ import annotations

from proof.draft import Draft
from proof.parts.part import part


def _normed(d: Draft, convolution: str) -> str:
    """A convolution whose weight is a product, as vocoders have it, one time in six."""
    if d.rng.random() > 1 / 6:
        return convolution
    d.tags.append("weight norm")
    how = d.pick(("nn.utils.weight_norm", "nn.utils.parametrizations.weight_norm"))
    return f"{how}({convolution})"


@part("network", 4)
def convolutions(d: Draft) -> None:
    out, size = d.rng.choice((8, 16)), d.rng.choice((3, 5))
    padding = d.pick(("", f", padding={size // 2}", ', padding="same"'))
    first = _normed(d, f"nn.Conv1d({d.rows}, {out}, {size}{padding})")
    second = f"nn.Conv1d({out}, {out}, 3, padding=1{d.pick(('', ', stride=2', ', dilation=2'))})"
    act = d.pick(("nn.ReLU()", "nn.GELU()", "nn.ELU()", "nn.ReLU(inplace=True)"))
    d.step(f"x = {d.attribute('convs', f'nn.Sequential({first}, {act}, {second})')}(x)")
    d.becomes("rows", rows=out)


@part("network", 1)
def causal_convolution(d: Draft) -> None:
    conv = d.attribute("conv", _normed(d, f"nn.Conv1d({d.rows}, 12, 3)"))
    d.step(f"x = {conv}(F.pad(x, (2, 0))).relu()")
    d.becomes("rows", rows=12, positive=False)


@part("network", 1.5)
def depthwise_separable(d: Draft) -> None:
    depth = f"nn.Conv1d({d.rows}, {d.rows}, 5, padding=2, groups={d.rows})"
    made = f"nn.Sequential({depth}, nn.Conv1d({d.rows}, 16, 1), nn.BatchNorm1d(16), nn.ReLU())"
    d.step(f"x = {d.attribute('separable', made)}(x)")
    d.becomes("rows", rows=16)


@part("network", 1)
def residual_block(d: Draft) -> None:
    conv = d.attribute("block", f"nn.Conv1d({d.rows}, {d.rows}, 3, padding=1)")
    d.step(f"x = x + F.relu({conv}(x))")
    d.becomes("rows")


@part("network", 1.5)
def squeeze_and_excite(d: Draft) -> None:
    made = f"nn.Sequential(nn.Linear({d.rows}, 4), nn.ReLU(), nn.Linear(4, {d.rows}), nn.Sigmoid())"
    name = d.attribute("excite", made)
    d.step(f"x = x * {name}(x.mean(-1))[..., None]")
    d.becomes("rows")


@part("network", 2)
def tdnn_with_statistics(d: Draft) -> None:
    made = (
        f"nn.Sequential(nn.Conv1d({d.rows}, 16, 5), nn.ReLU(), nn.BatchNorm1d(16), "
        "nn.Conv1d(16, 16, 3, dilation=2), nn.ReLU(), nn.BatchNorm1d(16))"
    )
    d.step(
        f"x = {d.attribute('tdnn', made)}(x)",
        d.pick(
            (
                "x = torch.cat([x.mean(-1), x.std(-1)], dim=1)",
                "x = torch.cat([x.mean(2), torch.sqrt(x.var(2, unbiased=False) + 1e-5)], 1)",
            )
        ),
    )
    d.becomes("vector", rows=32)


@part("network", 2)
def pooled_rows(d: Draft) -> None:
    d.step(
        d.pick(
            (
                "x = F.adaptive_avg_pool1d(x, 1).squeeze(-1)",
                "x = x.mean(dim=-1)",
                "x = x.amax(-1)",
                "x = x.max(dim=2).values",
                "x = x[..., -1]",
                "x = torch.cat([x.mean(-1), x.amax(-1)], 1)",
                "x = torch.logsumexp(x, dim=-1)",
            )
        )
    )
    d.becomes("vector", rows=d.rows * (2 if "cat" in d.stages[-1].steps[-1] else 1))


@part("network", 1)
def pooled_frames(d: Draft) -> None:
    d.step(d.pick(("x = F.avg_pool1d(x, 3, 2)", "x = F.max_pool1d(x, 2, ceil_mode=True)")))
    d.becomes("rows", positive=d.positive)


@part("network", 0.5)
def adaptive_frames(d: Draft) -> None:
    d.step("x = F.adaptive_avg_pool1d(x, 12)")
    d.becomes("rows", positive=d.positive)


@part("network", 0.7)
def more_frames(d: Draft) -> None:
    name = d.attribute("up", f"nn.ConvTranspose1d({d.rows}, 8, 4, stride=2, padding=1)")
    d.step(d.pick((f"x = {name}(x)", f"x = {name}(x) + F.interpolate(x, scale_factor=2)[:, :8]")))
    d.becomes("rows", rows=8)


@part("network", 1.5)
def fixed_frames(d: Draft) -> None:
    name = d.attribute("dense", f"nn.Linear({d.rows * 50}, 8)")
    d.around_frames(50)
    d.step("x = F.pad(x, (0, 50 - x.shape[-1]))", f"x = {name}(x.flatten(1))")
    d.becomes("vector", rows=8)


@part("network", 1.5)
def to_image(d: Draft) -> None:
    d.step(d.pick(("x = x.unsqueeze(1)", "x = x[:, None]")))
    d.becomes("image", channels=1, positive=d.positive)


@part("network", 5)
def to_sequence(d: Draft) -> None:
    d.step(d.pick(("x = x.transpose(1, 2)", "x = x.permute(0, 2, 1)", "x = x.mT")))
    d.becomes("sequence", positive=d.positive)


@part("network", 0.7, streams=True)
def frame_classifier(d: Draft) -> None:
    name = d.attribute("classify", f"nn.Linear({d.rows}, 6)")
    end = d.pick((".softmax(-1)", ".sigmoid()", ""))
    d.step(f"x = {name}(x.transpose(1, 2)){end}")
    d.becomes("sequence", rows=6)


@part("image", 3)
def picture_network(d: Draft) -> None:
    pool = d.pick(("nn.MaxPool2d(2)", "nn.AvgPool2d(2)", "nn.AvgPool2d((2, 1))", "nn.Identity()"))
    conv = _normed(d, f"nn.Conv2d({d.channels}, 8, 3, padding=1)")
    second = "nn.Conv2d(8, 8, 3, padding=1)"
    made = f"nn.Sequential({conv}, nn.BatchNorm2d(8), nn.ReLU(), {pool}, {second})"
    d.step(
        f"x = {d.attribute('cnn', made)}(x)",
        d.pick(
            (
                "x = F.adaptive_avg_pool2d(x, 1).flatten(1)",
                "x = x.mean((2, 3))",
                "x = x.amax(dim=(-2, -1))",
                "x = x.mean(-1).amax(-1)",
                "x = F.adaptive_max_pool2d(x, (1, 1)).flatten(1)",
            )
        ),
    )
    d.becomes("vector", rows=8)


@part("image", 2)
def picture_to_rows(d: Draft) -> None:
    conv = f"nn.Conv2d({d.channels}, 6, (3, 3), padding=1)"
    made = f"nn.Sequential({conv}, nn.BatchNorm2d(6), nn.ReLU())"
    d.step(f"x = {d.attribute('cnn', made)}(x)", "x = x.mean(2)")
    d.becomes("rows", rows=6)


@part("image", 1)
def flattened_picture(d: Draft) -> None:
    d.step(d.pick(("x = x.flatten(1, 2)", "x = x.reshape(x.shape[0], -1, x.shape[-1])")))
    d.becomes("rows", rows=d.channels * d.rows, positive=d.positive)


@part("image", 1)
def pooled_picture(d: Draft) -> None:
    conv = d.attribute("conv", f"nn.Conv2d({d.channels}, 8, 3, stride=2, padding=1)")
    norm = d.attribute("norm", d.pick(("nn.InstanceNorm2d(8)", "nn.GroupNorm(2, 8)")))
    d.step(f"x = {norm}({conv}(x)).relu()", "x = x.mean(dim=[2, 3])")
    d.becomes("vector", rows=8)
