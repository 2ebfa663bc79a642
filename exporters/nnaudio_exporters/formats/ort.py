"""ONNX files to ONNX Runtime's own format, with what a reduced build of it must hold.

A reduced build has only the operators that its models need; the smallest, a minimal build, reads
no ONNX files but ``.ort`` files, whose graph is already optimised. Properties survive the
conversion, so that an ``.ort`` file describes and tests itself like the file it was made from.

Reference: https://onnxruntime.ai/docs/performance/model-optimizations/ort-format-models.html
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nnaudio_runtime
from nnaudio_runtime.extras import onnxruntime
from nnaudio_runtime.files.metadata import Metadata
from nnaudio_runtime.files.onnx_file import read_onnx

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.transaction import check_target, replacing

STYLES = ("fixed", "runtime")


@dataclass(frozen=True)
class OrtResult:
    """What a conversion wrote.

    Attributes:
        path: of the ``.ort`` file.
        size: of it, in bytes.
        config: the list of operators for ONNX Runtime's build, ``--include_ops_by_config``.
        operators: that list: domain, since-version and name of each.
        selftest: the largest error of the self-test.
        metadata: what the file says about itself.
    """

    path: Path
    size: int
    config: Path
    operators: tuple[tuple[str, int, str], ...]
    selftest: float
    metadata: Metadata

    def __str__(self) -> str:
        return (
            f"{self.path}  {self.size / 1000:,.0f} kB  {self.metadata.layer}, "
            f"self-test holds: {self.selftest:.1e}\n"
            f"{self.config}  {len(self.operators)} operators: "
            f"{', '.join(sorted(name for _, _, name in self.operators))}"
        )


def export_ort(
    model: str | os.PathLike[str],
    path: str | os.PathLike[str] | None = None,
    *,
    style: str = "fixed",
) -> OrtResult:
    """Converts an exported ONNX file to ``.ort`` and lists the operators that it needs.

    The conversion is ONNX Runtime's own. The new file is loaded and passes its self-test before
    it appears; beside it ``<name>.required_operators.config``. On any failure nothing is written.

    Args:
        model: an ``.onnx`` file that :func:`export_onnx` wrote.
        path: of the file, ending in ``.ort``; None for the model's own name.
        style: ``"fixed"`` bakes every optimisation in, save those for one processor: for the CPU.
            ``"runtime"`` bakes in only what no provider minds and saves the rest beside the graph:
            for CoreML and NNAPI, which take whole operators only and would refuse fused ones.

    Raises:
        ValueError: an argument is unfit, or the model is none of ours.
        OSError: a file cannot be read or written.
        ExportError: ONNX Runtime cannot convert the model.
        SelfTestError: the converted file computes something else.

    Example:
        >>> import tempfile
        >>> from nnaudio_export import MelSpectrogram, export_onnx
        >>> mel = MelSpectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=40)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = export_onnx(mel, Path(folder) / "mel.onnx")
        ...     result = export_ort(Path(folder) / "mel.onnx")
        ...     result.path.name, result.config.name, result.operators[0]
        ('mel.ort', 'mel.required_operators.config', ('ai.onnx', 11, 'Conv'))
    """
    source = Path(model)
    target = check_target(source.with_suffix(".ort") if path is None else path, ".ort")
    if style not in STYLES:
        raise ValueError(f"style={style!r}: must be one of {', '.join(STYLES)}")
    _check_model(source)
    with replacing(target) as draft:
        config = draft.with_name(f"{target.stem}.required_operators.config")
        written, listed = _convert(source, draft.parent, style)
        written.replace(draft)
        operators = _operators(listed.read_text())
        # The converter's list names files by their paths on this machine.
        listed.unlink()
        config.write_text(_list(operators, target.name))
        frontend = nnaudio_runtime.load(draft, providers="cpu")
        assert frontend.info is not None
        error = frontend.selftest()
        size = draft.stat().st_size
    return OrtResult(target, size, target.with_name(config.name), operators, error, frontend.info)


def _check_model(source: Path) -> None:
    """Refuses what export_onnx did not write: nothing could prove its conversion."""
    properties = read_onnx(source).properties
    missing = [key for key in ("nnaudio.format", "nnaudio.selftest") if key not in properties]
    if missing:
        raise ValueError(
            f"{source} was not written by nnaudio-export (it has no {missing[0]}): its conversion "
            "could not be proved. Export the module with export_onnx"
        )
    if source.name.endswith(".optimized.onnx"):  # the converter takes it for its own
        raise ValueError(f"{source}: the converter passes over *.optimized.onnx: rename the file")


def _convert(source: Path, folder: Path, style: str) -> tuple[Path, Path]:
    """Runs ONNX Runtime's converter; returns the ``.ort`` file and the list of operators."""
    onnxruntime()  # or the error that says which extra brings it
    from onnxruntime.tools import convert_onnx_models_to_ort as converter

    with _quiet():
        try:
            converter.convert_onnx_models_to_ort(
                source, folder, [converter.OptimizationStyle[style.capitalize()]]
            )
        except Exception as error:  # ONNX Runtime's exceptions have no base class but this
            reason = str(error).strip().partition("\n")[0]
            raise ExportError(f"ONNX Runtime cannot convert {source}: {reason}") from error
    [written] = folder.glob("*.ort")
    [listed] = folder.glob("*.config")
    return written, listed


@contextmanager
def _quiet() -> Iterator[None]:
    """The converter prints and logs what it does, and leaves the closing of files to Python."""
    disabled = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore", ResourceWarning)
            yield
    finally:
        logging.disable(disabled)


def _operators(text: str) -> tuple[tuple[str, int, str], ...]:
    """The operators of a list: ``domain;version;name,name,...``, a line each."""
    return tuple(
        (domain, int(version), name)
        for domain, version, names in (
            line.split(";") for line in text.splitlines() if line and not line.startswith("#")
        )
        for name in names.split(",")
    )


def _list(operators: tuple[tuple[str, int, str], ...], model: str) -> str:
    """The same list as text."""
    lines: dict[tuple[str, int], list[str]] = {}
    for domain, version, name in operators:
        lines.setdefault((domain, version), []).append(name)
    rows = (f"{domain};{version};{','.join(names)}\n" for (domain, version), names in lines.items())
    return f"# Operators of {model}\n" + "".join(rows)
