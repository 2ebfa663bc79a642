"""What no file can be right about: it must be refused, with its cause."""

from __future__ import annotations

from proof.draft import Draft
from proof.parts.part import part


@part("fault")
def random_branch(d: Draft) -> None:
    d.declared.append("import random")
    d.unsound = "random branch"
    d.step("if random.random() < 0.01:", "    x = x * 0.5")


@part("fault")
def counter(d: Draft) -> None:
    d.unsound = "counter"
    d.stages[-1].init.append("self.calls = 0")
    limit = d.rng.choice((3, 30, 500))
    d.step("self.calls += 1", f"if self.calls > {limit}:", "    x = x * 2.0")


@part("fault")
def bad_weight(d: Draft) -> None:
    d.unsound = "bad weight"
    value = d.pick(('float("nan")', 'float("inf")'))
    d.stages[-1].init += [
        f"self.bad = nn.Parameter(torch.ones({d.rows}, 1))",
        f"self.bad.data[{d.rng.randrange(d.rows)}] = {value}",
    ]
    d.step("x = x * self.bad")


@part("fault")
def random_noise(d: Draft) -> None:
    d.unsound = "random noise"
    d.step(d.pick(("x = x + 1e-3 * torch.randn_like(x)", "x = F.dropout(x, 0.1)")))


@part("fault")
def branch_on_values(d: Draft) -> None:
    d.unsound = "branch on values"
    d.step(
        d.pick(("if x.abs().max() > 1:", "if x.mean() > 0.05:", "if bool((x > 2).any()):")),
        d.pick(("    x = x / x.abs().max()", "    x = x * 0.5")),
    )


@part("fault", 0.7)
def running_state(d: Draft) -> None:
    d.unsound = "running state"
    d.stages[-1].init.append(f'self.register_buffer("average", torch.zeros({d.rows}, 1))')
    d.step(
        "self.average = 0.9 * self.average + 0.1 * x.mean((0, 2), keepdim=True)[0]",
        "x = x - self.average",
    )
