"""An input on which a file is not its module, as a program that shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from nnaudio_runtime.files.pcm import FULL_SCALE
from nnaudio_runtime.files.selftest import Measure
from torch import nn

from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.proof.difference import Array

Fault = Literal["differs", "module varies", "file varies", "module refuses", "file refuses"]
Outcome = Literal["numbers", "some numbers", "shape", "infinite", "silent"]

# What shows one time in a hundred then shows for sure.
_REPEATS = 1000


@dataclass(frozen=True)
class Counterexample:
    """An input on which a file is not its module; ``str`` has a program that shows it.

    Attributes:
        fault: what is wrong; one of the two may give two outputs for one input, or none.
        expression: Python that builds the input as the file takes it, ``np`` being NumPy.
        shape: of the input.
        path: of the file.
        output: name of the output that is off; empty where there is none.
        error: largest error, in the module's measure.
        allowed: would have been this much.
        reason: the message of who refuses.
        measure: of the error.
        outcome: how the outputs differ; ``"silent"`` where the module's is 0.
        picked: Python that picks the output from what the module gives.
        weighted: values count by the module's own weight.
        pcm: the file takes 16-bit PCM.
    """

    fault: Fault
    expression: str
    shape: tuple[int, ...]
    path: str
    output: str = ""
    error: float = np.inf
    allowed: float = 0.0
    reason: str = ""
    measure: Measure = "relative"
    outcome: Outcome = "numbers"
    picked: str = ""
    weighted: bool = False
    pcm: bool = False

    def __str__(self) -> str:
        return self.text()

    @property
    def headline(self) -> str:
        """What is wrong, in one line."""
        shape = f"for an input of shape {self.shape}"
        if self.fault == "module refuses":
            return f"the module refuses what the file takes, {shape}: {self.reason}"
        if self.fault == "file refuses":
            return f"the file refuses what it says that it takes, {shape}: {self.reason}"
        if self.fault != "differs":
            who = self.fault.partition(" ")[0]
            return f"the {who} gives two outputs {self.output!r} for one input, {shape}"
        if self.outcome == "shape":
            return f"output {self.output!r} has another shape than the module's, {shape}"
        if self.outcome == "infinite":
            return f"output {self.output!r} is finite where the module's is not, or not, {shape}"
        return (
            f"output {self.output!r} is off by {self.error:.1e} ({self.measure}), allowed is "
            f"{self.allowed:.1e}, {shape}"
        )

    def text(self, module: str = "", remark: str = "") -> str:
        """The headline and the program.

        Args:
            module: Python that makes ``module``; else the reader has it.
            remark: a sentence on module and file.
        """
        said = "" if module else "`module` is yours, on the CPU and in evaluation mode. "
        return f"{self.headline}\n\n{self.program(module)}\n\n{said}{remark}".rstrip()

    def program(self, module: str = "") -> str:
        """Five lines of Python that show it.

        Args:
            module: Python that makes ``module``.
        """
        begin = ["import nnaudio_runtime, numpy as np, torch" + (f"; {module}" if module else "")]
        begin.append(f"x = {self.expression}")
        heard = f"x / np.float32({FULL_SCALE})" if self.pcm else "x"
        module_run = f"module(torch.from_numpy({heard})){self.picked}.detach().numpy()"
        load = f"nnaudio_runtime.load({self.path!r}, providers='cpu')"
        name = f"[{self.output!r}]" if self.output else ""
        if self.fault in ("module varies", "file varies"):
            of_file = self.fault == "file varies"
            load = f"file = {load}" if of_file else "# the module alone, many times"
            run = f"file.run(x){name}" if of_file else module_run
            end = [load, f"runs = [{run} for _ in range({_REPEATS})]"]
            return "\n".join([*begin, *end, "print(max(abs(run - runs[0]).max() for run in runs))"])
        end = [f"expected = {module_run}", f"found = {load}.run(x){name}", self._shown(heard)]
        return "\n".join(begin + end)

    def _shown(self, heard: str) -> str:
        """The line that prints what is wrong."""
        if self.fault != "differs" or self.outcome == "shape":
            return "print(found.shape, expected.shape)"
        if self.outcome == "infinite":
            return "print((np.isfinite(found) != np.isfinite(expected)).sum(), 'differ')"
        if self.measure == "circle":
            weight = f"module.describe().weight(torch.from_numpy({heard})).numpy()"
            times = f" * {weight}" if self.weighted else ""
            apart = "abs(np.exp(1j * found) - np.exp(1j * expected))"
            return f"print(({apart}{times}).max())"
        if self.outcome == "silent":
            return "print(abs(found).max(), 'where the module gives 0')"
        finite = "[np.isfinite(expected)]" if self.outcome == "some numbers" else ""
        return f"print(abs(found - expected){finite}.max() / abs(expected){finite}.max())"


def outcome(expected: Array, found: Array) -> Outcome:
    """How two outputs differ that are too far apart."""
    if expected.shape != found.shape:
        return "shape"
    finite = np.isfinite(expected)
    if (finite != np.isfinite(found)).any():
        return "infinite"
    if not expected[finite].any():
        return "silent"
    return "numbers" if finite.all() else "some numbers"


def picked(prepared: PreparedModule, output: str) -> str:
    """Python that picks an output by name from what the module gives.

    Args:
        prepared: the module.
        output: name of the output.
    """
    with torch.inference_mode():
        result = _result(prepared.module, prepared)
    if isinstance(result, Mapping):
        return f"[{output!r}]"
    if isinstance(result, Sequence):
        return f"[{list(prepared.outputs).index(output)}]"
    return ""


def _result(module: nn.Module, prepared: PreparedModule) -> object:
    return module(torch.from_numpy(prepared.input.generated(1, prepared.input.min_length)))
