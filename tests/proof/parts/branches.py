"""What looks at sizes: branches, and cuts into pieces."""

from __future__ import annotations

from proof.draft import Draft
from proof.parts.part import part


@part("branch", 3)
def branch_on_frames(d: Draft) -> None:
    limit = d.rng.choice((60, 300, 1000, 3000))
    d.around_frames(limit)
    d.step(
        f"if x.shape[-1] > {limit}:",
        d.pick(
            (
                "    x = F.avg_pool1d(x, 2)",
                "    x = x[..., :200]",
                "    x = x - x.mean(-1, keepdim=True)",
                "    x = 0.5 * x",
            )
        ),
    )


@part("branch", 2)
def branch_on_batch(d: Draft) -> None:
    limit = d.rng.choice((2, 4, 8))
    d.step(f"if x.shape[0] >= {limit}:", "    x = x * 1.5")


@part("branch", 1)
def branch_on_parity(d: Draft) -> None:
    d.step(
        "if x.shape[-1] % 2:",
        d.pick(("    x = x[..., :-1]", "    x = F.pad(x, (0, 1))")),
    )


@part("branch", 2)
def first_frames(d: Draft) -> None:
    limit = d.rng.choice((100, 300, 3000))
    d.around_frames(limit)
    d.step(f"x = x - x[..., :{limit}].mean(-1, keepdim=True)")
    d.becomes("rows")


@part("branch", 2)
def pieces(d: Draft) -> None:
    d.around_frames(300)
    d.around_frames(600)
    d.step(
        d.pick(
            (
                "x = torch.cat([p - p.mean(-1, keepdim=True) for p in x.split(300, -1)], -1)",
                "x = torch.stack([p.mean(-1) for p in x.split(300, -1)], -1)",
                "x = torch.cat([p.amax(-1, keepdim=True) for p in x.chunk(4, -1)], -1)",
            )
        )
    )
    d.becomes("rows")


@part("branch", 1)
def windows_by_unfold(d: Draft) -> None:
    d.step(d.pick(("x = x.unfold(-1, 10, 5).mean(-1)", "x = x.unfold(2, 8, 8).amax(-1)")))
    d.becomes("rows", positive=d.positive)


@part("branch", 1)
def whole_blocks(d: Draft) -> None:
    d.step(
        "n = x.shape[-1] // 4 * 4",
        "x = x[..., :n].reshape(x.shape[0], x.shape[1], n // 4, 4).mean(-1)",
    )
    d.becomes("rows", positive=d.positive)


@part("branch", 0.7)
def at_most(d: Draft) -> None:
    limit = d.rng.choice((100, 1000))
    d.around_frames(limit)
    d.step(d.pick((f"x = x[..., -{limit}:]", f"x = x[..., : min(x.shape[-1], {limit})]")))
