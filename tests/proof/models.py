"""From a seed to a model: draws the parts, and puts their lines together as people do."""

from __future__ import annotations

from random import Random

from proof.draft import Draft, Stage
from proof.model import Model
from proof.parts import (  # noqa: F401 - they enter themselves
    before,
    branches,
    dress,
    endings,
    faults,
    front_ends,
    heads,
    networks,
    sequences,
)
from proof.parts.part import draw

# How a model is exported, and how often.
_MODES = {"onnx": 66, "textbook": 8, "torchscript": 10, "fp16": 6, "streaming": 10}
_MODE_ARGUMENTS: dict[str, dict[str, object]] = {
    "textbook": {"lower": False},
    "fp16": {"precision": "fp16"},
    "streaming": {"streaming": True},
}


def model(seed: int) -> Model:
    """The model of a seed."""
    rng = Random(seed)
    (mode,) = rng.choices(list(_MODES), list(_MODES.values()))
    d = Draft(rng)
    _write(d, mode)
    wrapped = d.arguments.pop("wrapped", ())
    assert isinstance(wrapped, tuple)
    source = _rendered(d, seed, wrapped)
    arguments = {**d.arguments, **_MODE_ARGUMENTS.get(mode, {})}
    seconds = rng.choices((20, 60, None), (80, 15, 5))[0]
    if seconds is not None:  # most people know how long their audio is
        arguments["longest"] = seconds * d.rate
    if d.stereo:
        arguments["inputs"] = {"audio": ("batch", 2, "samples")}
    tags = tuple(d.tags) if mode == "onnx" else (mode, *d.tags)
    return Model(
        name=f"m{seed}",
        source=source,
        format="torchscript" if mode == "torchscript" else "onnx",
        arguments=arguments,
        tags=tags,
        rate=d.rate,
        stereo=d.stereo,
        lengths=tuple(sorted({length for length in d.lengths if length > 0})),
        unsound=d.unsound,
    )


def _write(d: Draft, mode: str) -> None:
    """Draws the parts in order."""
    rng = d.rng
    # Who asks for a stream mostly has a model that can be one.
    streams = mode == "streaming" and rng.random() < 0.85
    scripts = mode == "torchscript" and rng.random() < 0.9

    def chance(p: float, place: str) -> None:
        if rng.random() < p:
            draw(d, place, streams=streams, scripts=scripts)

    if not streams:
        chance(0.03, "stereo")
    chance(0.5, "before")
    chance(0.15, "before")
    d.stages.append(Stage())
    draw(d, "front end", streams=streams, scripts=scripts)
    if d.front[0]:
        chance(0.25, "dress")
    if d.layout == "complex":
        draw(d, "complex", scripts=scripts)
    chance(0.75, "head")
    if d.layout == "rows":
        for p in (0.5, 0.2):
            if d.layout == "rows":
                chance(p, "rows")
        if not streams and d.layout == "rows":
            chance(0.15, "branch")
        chance(0.04, "fault")
    d.stages.append(Stage())
    for p in (0.6, 0.5, 0.5, 0.4):
        place = {"rows": "network", "image": "image", "sequence": "sequence", "vector": "vector"}
        if d.layout in place and (d.layout != "vector" or rng.random() < 0.7):
            chance(p if d.layout == "rows" else 0.9, place[d.layout])
    draw(d, "output", streams=streams, scripts=scripts)
    if mode == "onnx" and "weight norm" not in d.tags:
        chance(0.08, "wrapper")


def _class(name: str, stages: list[Stage], result: str) -> str:
    """The lines of one class."""
    init = [line for stage in stages for line in stage.init]
    steps = [line for stage in stages for line in stage.steps]
    lines = [f"class {name}(nn.Module):"]
    if init:
        lines += ["    def __init__(self):", "        super().__init__()"]
        lines += [f"        {line}" for line in init] + [""]
    lines += ["    def forward(self, x):", *(f"        {line}" for line in steps)]
    return "\n".join([*lines, f"        return {result}"])


def _rendered(d: Draft, seed: int, wrapped: tuple[str, ...]) -> str:
    """The program: one class, or one per stage in a container."""
    stages = [stage for stage in d.stages if stage.steps]
    blocks = list(d.declared)
    style = d.rng.choice(("one class", "one class", "sequential", "nested", "list", "dict"))
    if "torchscript" in d.tags or len(stages) == 1 or style == "one class":
        blocks.append(_class("Net", stages, d.result))
        made = "Net()"
    else:
        names = ("Before", "Front", "Back")[-len(stages) :]
        for name, stage in zip(names, stages, strict=True):
            last = stage is stages[-1]
            blocks.append(_class(name, [stage], d.result if last else "x"))
        calls = ", ".join(f"{name}()" for name in names)
        made = {
            "sequential": f"nn.Sequential({calls})",
            "nested": f"nn.Sequential(nn.Sequential({calls}))",
        }.get(style, "Net()")
        container = f"nn.ModuleList([{calls}])"
        over = "self.parts"
        if style == "dict":
            pairs = ", ".join(f'"{name.lower()}": {name}()' for name in names)
            container, over = f"nn.ModuleDict({{{pairs}}})", "self.parts.values()"
        if made == "Net()":
            whole = Stage(
                [f"self.parts = {container}"], [f"for part in {over}:", "    x = part(x)"]
            )
            blocks.append(_class("Net", [whole], "x"))
    imports = [block for block in blocks if block.startswith(("import", "from"))]
    others = [block for block in blocks if block not in imports]
    channels = ", channels=2" if d.stereo else ""
    end = [f"torch.manual_seed({seed})"]
    if wrapped:
        end += [f"net = settled({made}{channels})", *wrapped, "model.eval()"]
    else:
        end.append(f"model = settled({made}{channels})")
    parts = ["\n".join(imports), *others, "\n".join(end)]
    return "\n\n\n".join(part for part in parts if part) + "\n"
