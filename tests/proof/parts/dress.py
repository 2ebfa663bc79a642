"""What people do to a front end itself: subclasses, hooks, parametrisations, trained kernels."""

from __future__ import annotations

from proof.draft import Draft
from proof.parts.part import part


def _renamed(d: Draft, name: str) -> None:
    """Makes the front end an instance of a class of the user's."""
    kind, attribute = d.front
    stage = d.stages[-1]
    stage.init = [
        line.replace(f"= {kind}(", f"= {name}(") if line.startswith(f"{attribute} ") else line
        for line in stage.init
    ]


@part("dress", 3)
def subclass(d: Draft) -> None:
    kind, _ = d.front
    body = [
        "return super().forward(x.clamp(-0.5, 0.5))",
        "return super().forward(x * 2.0)",
        "return super().forward(x) * 3.0",
        "return super().forward(x).clamp(max=5.0)",
    ]
    if d.layout == "rows":
        body.append("return super().forward(x)[:, 2:]")
    chosen = d.pick(body)
    d.declared.append(f"class Own{kind}({kind}):\n    def forward(self, x):\n        {chosen}")
    if "2:" in chosen:
        d.becomes("rows", rows=d.rows - 2, positive=d.positive)
    _renamed(d, f"Own{kind}")


@part("dress", 2)
def plain_subclass(d: Draft) -> None:
    kind, _ = d.front
    d.declared.append(f"class Own{kind}({kind}):\n    colour = 'blue'")
    _renamed(d, f"Own{kind}")


@part("dress", 2)
def forward_hook(d: Draft) -> None:
    body = d.pick(("output * 2.0", "output.clamp(max=1.0)", "output + 0.1", "output.abs().sqrt()"))
    d.declared.append(f"def after(module, given, output):\n    return {body}")
    d.stages[-1].init.append(f"{d.front[1]}.register_forward_hook(after)")


@part("dress", 2)
def forward_pre_hook(d: Draft) -> None:
    body = d.pick(("(given[0].clamp(-0.5, 0.5),)", "given[0] * 0.25", "(given[0] - 0.1,)"))
    d.declared.append(f"def before(module, given):\n    return {body}")
    d.stages[-1].init.append(f"{d.front[1]}.register_forward_pre_hook(before)")


@part("dress", 1.5)
def hook_on_inner_block(d: Draft) -> None:
    kind, attribute = d.front
    inner = {
        "MelSpectrogram": ("stft", "stft.bank", "mel"),
        "MFCC": ("melspec_layer", "decibel", "melspec_layer.stft"),
        "Gammatonegram": ("stft", "gammatone"),
        "STFT": ("bank", "head", "pad"),
    }.get(kind, ("bank", "head"))
    body = d.pick(("output * 1.5", "output.clamp(-0.4, 0.4)"))
    d.declared.append(f"def inside(module, given, output):\n    return {body}")
    d.stages[-1].init.append(f"{attribute}.{d.pick(inner)}.register_forward_hook(inside)")


@part("dress", 1, scripts=False)
def patched_forward(d: Draft) -> None:
    _, attribute = d.front
    d.stages[-1].init += [
        f"plain = {attribute}.forward",
        f"{attribute}.forward = lambda x: plain(x.clamp(-0.3, 0.3)) * 2.0",
    ]


@part("dress", 1)
def parametrised_filters(d: Draft) -> None:
    kind, attribute = d.front
    if kind != "MelSpectrogram":
        plain_subclass(d)
        return
    d.declared += [
        "from torch.nn.utils import parametrize",
        "class Positive(nn.Module):\n    def forward(self, x):\n        return F.softplus(x)",
    ]
    stage = d.stages[-1]
    stage.init = [line.replace("verbose=", "trainable_mel=True, verbose=") for line in stage.init]
    stage.init.append(
        f'parametrize.register_parametrization({attribute}.mel, "matrix", Positive())'
    )


@part("dress", 2, streams=True)
def trained_kernels(d: Draft) -> None:
    kind, attribute = d.front
    path, argument = {
        "MelSpectrogram": ("stft.bank.kernel", "trainable_STFT"),
        "Gammatonegram": ("stft.bank.kernel", "trainable_STFT"),
        "MFCC": ("melspec_layer.stft.bank.kernel", "trainable_STFT"),
        "STFT": ("bank.kernel", "trainable"),
    }.get(kind, ("", ""))
    if not path:
        plain_subclass(d)
        return
    stage = d.stages[-1]
    stage.init = [line.replace("verbose=", f"{argument}=True, verbose=") for line in stage.init]
    step = d.pick(("1e-8", "1e-7", "1e-6", "1e-4"))
    stage.init += [
        f"kernel = {attribute}.{path}",
        f"kernel.data += {step} * kernel.abs().max() * torch.randn_like(kernel)",
    ]


@part("dress", 2, streams=True)
def without_gradients(d: Draft) -> None:
    steps = d.stages[-1].steps
    line = steps.pop()
    steps += ["with torch.no_grad():", f"    {line}"]


@part("dress", 1)
def own_describe(d: Draft) -> None:
    """Somebody wraps the layer and hands its description on."""
    _, attribute = d.front
    d.declared.append(
        "class Scaled(nn.Module):\n"
        "    def __init__(self, layer):\n"
        "        super().__init__()\n"
        "        self.layer = layer\n\n"
        "    def describe(self):\n"
        "        return self.layer.describe()\n\n"
        "    def forward(self, x):\n"
        "        return 2.0 * self.layer(x)"
    )
    d.stages[-1].init.append(f"{attribute} = Scaled({attribute})")
