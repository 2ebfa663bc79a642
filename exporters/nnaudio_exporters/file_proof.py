"""Proves a file that is there already against the module that it was made from."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

import nnaudio_runtime
from nnaudio_contract import Axes
from nnaudio_runtime import Frontend, ModelFileError
from nnaudio_runtime.files.metadata import Metadata
from torch import nn

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.prepare.front_ends import described_front_end
from nnaudio_exporters.prepare.frozen import frozen_copy, weights_sha256
from nnaudio_exporters.prepare.inputs import LENGTH_AXES, input_of
from nnaudio_exporters.prepare.options import Options
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.prepare.steps import prepare
from nnaudio_exporters.proof.parity import Comparison, check_parity
from nnaudio_exporters.proof.proving import prove as prove_domain
from nnaudio_exporters.proof.report import ParityReport
from nnaudio_exporters.proof.search.seeking import SearchReport
from nnaudio_exporters.proof.search.seeking import search as find_counterexample


@dataclass(frozen=True)
class FileProof:
    """What a proof of a file found; ``str`` has the table, and the counter-example.

    Attributes:
        path: of the file.
        parity: the comparisons with the eager module.
        search: what a search for counter-examples did; None where none was made.
    """

    path: Path
    parity: ParityReport
    search: SearchReport | None = None

    @property
    def passed(self) -> bool:
        """The file computes what the module computes, as far as was tried."""
        return self.parity.passed and (self.search is None or self.search.passed)

    def text(self, module: str = "") -> str:
        """The table, and what the search says.

        Args:
            module: Python that makes ``module``, for the program that shows a counter-example.
        """
        return f"{self.parity}\n{self.search.text(module)}" if self.search else str(self.parity)

    def __str__(self) -> str:
        return self.text()


def prove(
    module: nn.Module,
    path: str | os.PathLike[str],
    *,
    search: float | None = None,
    tolerance: float | None = None,
) -> FileProof:
    """Compares a file with the module that it was made from, on what the file says that it takes.

    Args:
        module: as it was exported.
        path: of the file.
        search: seconds to look for a counter-example for, once the comparisons of an export hold;
            None for none.
        tolerance: largest error; None for that of the export.

    Returns:
        The proof, passed or not. Nothing is written.

    Raises:
        ValueError: an argument is unfit, or the file was made from another module.
        FileNotFoundError: there is no such file.
        ModelFileError: the file is none of ours, or damaged.
        ExportError: module or file refuse what the file says that it takes.

    Example:
        >>> import tempfile
        >>> from nnaudio_export import STFT, export_torchscript
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = export_torchscript(STFT(n_fft=256), Path(folder) / "stft.pt").path
        ...     prove(STFT(n_fft=256), file).passed
        True
    """
    for name, value in (("search", search), ("tolerance", tolerance)):
        if value is not None and not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name}={value!r}: must be a finite number above 0")
    frozen = frozen_copy(module)
    file = nnaudio_runtime.load(path, providers="cpu")
    if file.info is None:
        raise ModelFileError(
            f"{path} has no metadata of nnaudio-export: it does not say what it takes"
        )
    _check_weights(frozen, file)
    prepared = _as_exported(module, frozen, file, file.info)
    tolerance = tolerance or _tolerance_of_export(prepared, file.info)
    comparison = Comparison(prepared, file.run, tolerance)
    parity = _parity(comparison, file)
    if search is None or not parity.passed:
        return FileProof(file.path, parity)
    return FileProof(
        file.path, parity, find_counterexample(comparison, file.info, str(path), seconds=search)
    )


def _parity(comparison: Comparison, file: Frontend) -> ParityReport:
    """The comparisons that the export made."""
    assert file.info is not None
    if file.info.streaming is not None:
        return check_parity(comparison, engine=file.provider)
    # The bounds are the file's own: nothing that a trace would assume binds it further.
    longest = file.info.max_length
    return prove_domain(comparison, engine=file.provider, binding=False, longest=longest).report


def _check_weights(frozen: nn.Module, file: Frontend) -> None:
    assert file.info is not None
    if weights_sha256(frozen) != file.info.weights_sha256:
        raise ValueError(
            f"{file.path} was made from another module, a {file.info.layer}: names, shapes or "
            "values of the weights differ; load the checkpoint that was exported"
        )


def _as_exported(
    module: nn.Module, frozen: nn.Module, file: Frontend, info: Metadata
) -> PreparedModule:
    """The module made ready as the export of the file did it, within the bounds of the file.

    A stream is compared as a whole signal, which the runtime cuts into chunks.
    """
    taken = input_of(frozen, described_front_end(frozen), info.input_dtype).axes
    if len(taken) != len(info.input_axes):
        raise _another(file, "takes", taken, info.input_axes)
    lengths = [
        size for axis, size in zip(taken, info.input_axes, strict=True) if axis in LENGTH_AXES
    ]
    fixed = int(lengths[0]) if lengths and lengths[0].isdigit() else None
    options = Options(
        num_samples=fixed or info.min_length,
        dynamic=fixed is None,
        precision=info.precision,
        input_dtype=info.input_dtype,
        sample_rate=info.sample_rate,
    )
    try:
        prepared = prepare(module, options)
    except ExportError as error:
        raise ValueError(str(error)) from error
    if info.input_axes[0] == "1" and prepared.input.axes[0] == "batch":
        prepared = prepared.with_one_item()
    own = tuple(map(str, prepared.input.axes))
    if own != info.input_axes:
        raise _another(file, "takes", own, info.input_axes)
    if tuple(prepared.outputs) != tuple(file.output_names):
        raise _another(file, "gives", tuple(prepared.outputs), tuple(file.output_names))
    bounds = replace(
        prepared.input,
        min_length=info.min_length,
        max_length=info.max_length,
        min_batch=info.min_batch,
        max_batch=info.max_batch,
    )
    return replace(prepared, input=bounds)


def _another(file: Frontend, verb: str, own: Axes, of_file: Axes) -> ValueError:
    said, found = (", ".join(map(str, axes)) for axes in (of_file, own))
    return ValueError(
        f"{file.path} was made from another module: it {verb} ({said}), the module ({found})"
    )


def _tolerance_of_export(prepared: PreparedModule, info: Metadata) -> float:
    """What the file was proved to, of which it holds one digit."""
    usual = prepared.precision.tolerance
    found = re.search(r"tolerance=([0-9.e+-]+)", info.parity)
    return float(found[1]) if found and found[1] != f"{usual:.0e}" else usual
