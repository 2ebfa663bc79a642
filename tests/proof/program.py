"""A verdict as a program that shows it: the module, the export, and the input in five lines."""

from __future__ import annotations

from pathlib import Path

from proof.judge import Verdict
from proof.model import PRELUDE

_COMPARED = """
    audio = Case({case.signals!r}, {case.length}, {case.stereo}).audio()
    file = nnaudio_runtime.load(path, providers="cpu").run(audio)
    with torch.inference_mode():
        module = getattr(model, "_orig_mod", model).double()(torch.from_numpy(audio).double())
    for a, b in zip(pytree.tree_leaves(module), file.values()):
        print(a.shape, b.shape, a.shape == b.shape and abs(a - b).max() / abs(a).max())
"""


def program(verdict: Verdict) -> str:
    """The text of a program that shows a verdict."""
    model = verdict.model
    given = "".join(f", {name}={value!r}" for name, value in model.arguments.items())
    told = str(verdict.fault or verdict.message or verdict.cause)
    lines = [
        '"""' + f"{verdict.kind}: {model.name}: {', '.join(model.tags)}\n",
        told.replace("\\", "/").replace('"""', "'''")[:3000],
        '"""',
        "import pathlib, tempfile",
        "import nnaudio_runtime",
        "from torch.utils import _pytree as pytree",
        "from proof.cases import Case",
        PRELUDE,
        model.source,
        "with tempfile.TemporaryDirectory() as folder:",
        f'    path = pathlib.Path(folder) / "model{model.suffix}"',
        f"    print(export_{model.format}(model, path{given}).parity.passed)",
    ]
    text = "\n".join(lines)
    return text + (_COMPARED.format(case=verdict.fault.case) if verdict.fault else "\n")


def write(verdict: Verdict, folder: Path) -> Path:
    """Writes the program into a folder, named after the kind and the model."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{verdict.kind.replace(' ', '_')}_{verdict.model.name}.py"
    path.write_text(program(verdict), encoding="utf-8")
    return path
