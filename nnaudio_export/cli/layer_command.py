"""The command of one layer and one format: it builds the layer from its options and exports it."""

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Optional

import torch
import typer
from nnaudio_exporters import (
    ExportError,
    ExportResult,
    export_executorch,
    export_onnx,
    export_torchscript,
)
from nnaudio_exporters.formats.onnx import DEFAULT_OPSET

from nnaudio_export.cli.messages import fail, messages
from nnaudio_export.cli.options import constructor_options, plain_text
from nnaudio_export.cli.proof_json import parity_json, search_json
from nnaudio_export.layers.layer import Layer

# typer reads these annotations at run time: Optional, because it must work on Python 3.10.
_SHARED: dict[str, tuple[Any, Any]] = {
    "output": (
        Annotated[Path, typer.Option("--output", "-o", help="File to write.", show_default=False)],
        inspect.Parameter.empty,
    ),
    "checkpoint": (
        Annotated[
            Optional[Path],  # noqa: UP045
            typer.Option(help="State dict with trained weights, as torch.save writes it."),
        ],
        None,
    ),
    "prefix": (
        Annotated[
            str,
            typer.Option(help="Where the layer's weights lie in the checkpoint, e.g. 'frontend.'."),
        ],
        "",
    ),
    "dynamic": (
        Annotated[
            bool,
            typer.Option("--dynamic/--fixed", help="Leave batch and length open, or fix both."),
        ],
        True,
    ),
    "num_samples": (
        Annotated[Optional[int], typer.Option(help="The length, with --fixed.")],  # noqa: UP045
        None,
    ),
    "streaming": (
        Annotated[
            bool, typer.Option("--streaming", help="Write a graph that takes chunks of a stream.")
        ],
        False,
    ),
    "chunk": (
        Annotated[
            Optional[float],  # noqa: UP045
            typer.Option(help="Length of a chunk in seconds, with --streaming."),
        ],
        None,
    ),
    "samples": (
        Annotated[
            Optional[int],  # noqa: UP045
            typer.Option(help="Length of a chunk in samples (frames), with --streaming."),
        ],
        None,
    ),
    "lower": (
        Annotated[
            bool,
            typer.Option("--lower/--textbook", help="Write faster equal forms, or textbook ones."),
        ],
        True,
    ),
    "precision": (
        Annotated[str, typer.Option(help="fp32; fp16, or for TorchScript bf16, for half.")],
        "fp32",
    ),
    "input_dtype": (
        Annotated[str, typer.Option(help="Of the file's input: float32, or int16 for PCM.")],
        "float32",
    ),
    "longest": (
        Annotated[
            Optional[int],  # noqa: UP045
            typer.Option(help="Of a layer that looks at the whole signal, the longest input."),
        ],
        None,
    ),
    "tolerance": (
        Annotated[Optional[float], typer.Option(help="Largest parity error.")],  # noqa: UP045
        None,
    ),
    "proof": (
        Annotated[str, typer.Option(help="search, to look for a counter-example too; default.")],
        "default",
    ),
    "as_json": (Annotated[bool, typer.Option("--json", help="Print the result as JSON.")], False),
}
# Of these, what is handed on to the exporter as it is.
_HANDED_ON = (
    "dynamic",
    "num_samples",
    "streaming",
    "chunk",
    "samples",
    "lower",
    "precision",
    "input_dtype",
    "longest",
    "tolerance",
    "proof",
)
_OPSET = (Annotated[int, typer.Option(help="ONNX operator set.")], DEFAULT_OPSET)
_PROFILE = (
    Annotated[
        str, typer.Option(help="mobile for phones' accelerators, with --num-samples; general.")
    ],
    "general",
)
_MAX_SAMPLES = (
    Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(help="Longest input in samples (frames); 30 seconds where not given."),
    ],
    None,
)


# Of each format: the exporter, and the options that it alone has.
_FORMATS: dict[str, tuple[Callable[..., ExportResult], dict[str, tuple[Any, Any]]]] = {
    "onnx": (export_onnx, {"opset": _OPSET, "profile": _PROFILE}),
    "torchscript": (export_torchscript, {}),
    "executorch": (export_executorch, {"max_samples": _MAX_SAMPLES}),
}


def layer_command(layer: type[Layer], format_name: str) -> Callable[..., None]:
    """A function for typer that builds ``layer`` from its options and exports it.

    Args:
        layer: a layer.
        format_name: of the file, a name of :data:`nnaudio_export.cli.layer_group.FORMATS`.
    """
    arguments = constructor_options(layer)
    export, own = _FORMATS[format_name]
    shared = _SHARED | own

    def command(**values: Any) -> None:
        try:
            with messages.status(f"Exporting {layer.__name__} and checking parity ..."):
                module = layer(**{name: values[name] for name in arguments})
                if values["checkpoint"]:
                    _load(module, values["checkpoint"], values["prefix"])
                names = (*_HANDED_ON, *own)
                result = export(module, values["output"], **{name: values[name] for name in names})
        except (ValueError, OSError, ImportError, ExportError) as error:
            fail(error)
        typer.echo(_as_json(result) if values["as_json"] else str(result))

    parameters = list(arguments.values()) + [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
        )
        for name, (annotation, default) in shared.items()
        if name not in arguments
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    command.__doc__ = plain_text((inspect.getdoc(layer) or "").splitlines()[0])
    return command


def _load(module: Layer, checkpoint: Path, prefix: str) -> None:
    """Loads a layer's own weights out of a checkpoint; nothing but tensors is unpickled."""
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{checkpoint} is no state dict of tensors: {reason}") from error
    own = {k[len(prefix) :]: v for k, v in state.items() if k.startswith(prefix)}
    wanted = set(module.state_dict())
    if not wanted:
        raise ValueError(
            f"{checkpoint}: the layer has no trainable weights to load into; pass its --trainable "
            "options as in training"
        )
    if missing := sorted(wanted - set(own)):
        raise ValueError(
            f"{checkpoint} has no {', '.join(prefix + name for name in missing)}; it has "
            f"{', '.join(list(state)[:8])}: give the right --prefix"
        )
    try:
        module.load_state_dict({name: own[name] for name in wanted})
    except RuntimeError as error:
        raise ValueError(f"{checkpoint} does not fit the layer's arguments: {error}") from error


def _as_json(result: ExportResult) -> str:
    return json.dumps(
        {
            "path": str(result.path),
            "size": result.size,
            "properties": result.metadata.to_properties(),
            "cuda_fallbacks": [node._asdict() for node in result.cuda_fallbacks],
            "lowering": [vars(part) for part in result.plan.parts],
            "parity": parity_json(result.parity),
            "search": result.search and search_json(result.search),
        },
        indent=2,
    )
