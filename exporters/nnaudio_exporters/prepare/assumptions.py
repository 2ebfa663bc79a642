"""What a trace assumed of batch and length: the conditions under which its graph is the module.

PyTorch notes every comparison of sizes that decided which way the code went: the user's own
(``if frames > 3000``), those of an operator (into how many pieces ``split`` cuts), and many that
make no difference (whether a tensor is contiguous). Each is a claim that the file can be held
against.
"""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.export import ExportedProgram

from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.prepare.tracing import open_sizes, signal_node
from nnaudio_exporters.prepare.users_code import is_users

_NAMES: Mapping[str, Callable[..., Any]] = {
    "Mod": lambda a, b: a % b,
    "PythonMod": lambda a, b: a % b,
    "FloorDiv": lambda a, b: a // b,
    "CleanDiv": lambda a, b: a // b,
    "CeilDiv": lambda a, b: -(-a // b),
    "Eq": lambda a, b: a == b,
    "Ne": lambda a, b: a != b,
    "Max": max,
    "Min": min,
}


@dataclass(frozen=True)
class Condition:
    """A claim about sizes that decided which way the traced code went.

    Attributes:
        text: the claim, with ``batch`` and ``samples`` (or ``frames``) in it.
        place: file, line and code of the user that led to it; empty where that is unknown.
        own: the user's own code compared the sizes, not an operator that it called.
        joint: it is about batch and length at once.
        holds: whether it is true for a batch and a length.
    """

    text: str
    place: str
    own: bool
    joint: bool
    holds: Callable[[int, int], bool]


def assumptions(program: ExportedProgram, prepared: PreparedModule) -> list[Condition]:
    """The conditions of a trace, each once.

    Args:
        program: of what the file computes.
        prepared: the module.
    """
    symbols = open_sizes(program, prepared)
    sizes = [
        size for size in signal_node(program).meta["val"].shape if isinstance(size, torch.SymInt)
    ]
    if not symbols or not sizes:
        return []
    names = {str(symbol): name for name, symbol in symbols.items()}
    found: dict[str, Condition] = {}
    for guard in sizes[0].node.shape_env.guards:
        known = {str(symbol) for symbol in guard.expr.free_symbols}
        if not known or not known <= names.keys():
            continue  # of sizes that are no input's
        if (condition := _condition(guard, names, prepared.input.length_axis)) is not None:
            kept = found.setdefault(condition.text, condition)
            if condition.own and not kept.own:
                found[condition.text] = condition
    return list(found.values())


def _condition(guard: Any, names: Mapping[str, str], axis: str) -> Condition | None:
    code = re.sub(r"\bs\d+\b", lambda match: names[match.group()], str(guard.expr))
    try:
        compiled = compile(code, "<condition>", "eval")
    except SyntaxError:  # an expression that is written otherwise: nothing can be said of it
        return None

    def holds(batch: int, length: int) -> bool:
        sizes = {"batch": batch, "length": length}
        try:
            return bool(eval(compiled, {"__builtins__": {}}, {**_NAMES, **sizes}))
        except ZeroDivisionError:  # of sizes that the code does not meet
            return False

    try:
        holds(2, 1000)
    except NameError:
        return None
    deepest = guard.sloc.framework_loc  # the innermost frame that is no bookkeeping of symbols
    place = str(guard.sloc.maybe_user_loc or "")
    own = False
    if deepest is not None and is_users(deepest.filename):
        own = True
        line = linecache.getline(deepest.filename, deepest.lineno).strip()
        place = f"{Path(deepest.filename).name}:{deepest.lineno}" + (f": {line}" if line else "")
    joint = len(guard.expr.free_symbols) > 1
    return Condition(re.sub(r"\blength\b", axis, code), place, own, joint, holds)
