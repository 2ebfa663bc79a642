"""A layer's constructor as command-line options: name, type, default and help."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer

from nnaudio_export.layers.inherited_docs import arguments, sections
from nnaudio_export.layers.layer import Layer

# nnaudio has them for its users' code; on a command line they do nothing.
_LEFT_OUT = ("verbose", "refresh_win")


def constructor_options(layer: type[Layer]) -> dict[str, inspect.Parameter]:
    """Keyword parameters for every argument of ``layer``, annotated for typer.

    Arguments that the layer hands on as ``**kwargs`` are among them.

    Example:
        >>> from nnaudio_export import MFCC
        >>> options = constructor_options(MFCC)
        >>> options["n_mfcc"].default, options["hop_length"].default
        (20, 512)
    """
    options: dict[str, inspect.Parameter] = {}
    owner: type[Layer] | None = layer
    while owner is not None:
        hints = get_type_hints(owner.__init__)
        helps = argument_help(owner)
        for name, parameter in inspect.signature(owner).parameters.items():
            named = parameter.kind is not inspect.Parameter.VAR_KEYWORD
            if named and name not in _LEFT_OUT and name not in options:
                options[name] = _option(parameter, hints[name], helps.get(name, ""))
        owner = owner.kwargs_of
    return options


def argument_help(layer: type[Layer]) -> dict[str, str]:
    """The texts of the docstring's ``Args`` section, by argument.

    Example:
        >>> from nnaudio_export import STFT
        >>> argument_help(STFT)["sr"]
        'sampling rate of the audio in Hz.'
    """
    _, section = sections(layer)
    return {name: plain_text(text) for name, text in arguments(section.get("Args", "")).items()}


def plain_text(text: str) -> str:
    """A text without the marks of reStructuredText.

    Example:
        >>> plain_text("a name that :func:`~scipy.signal.get_window` knows, ``'hann'``")
        "a name that scipy.signal.get_window knows, 'hann'"
    """
    return re.sub(r":\w+:`~?([^`]*)`", r"\1", text).replace("``", "")


def _option(parameter: inspect.Parameter, hint: object, text: str) -> inspect.Parameter:
    flag = "--" + parameter.name.lower().replace("_", "-")
    default = parameter.default
    if hint is bool:
        annotation: Any = Annotated[bool, typer.Option(f"{flag}/--no-{flag[2:]}", help=text)]
    elif hint in (int, float, str):
        annotation = Annotated[
            Any, typer.Option(flag, parser=hint, metavar=_metavar(hint), help=text)
        ]
    elif get_origin(hint) is Sequence:
        annotation = Annotated[
            Any, typer.Option(flag, parser=_numbers, metavar="FLOAT,FLOAT,...", help=text)
        ]
    else:
        kinds = get_args(hint)
        annotation = Annotated[
            Any,
            typer.Option(flag, parser=_one_of_kinds(kinds), metavar=_metavar(*kinds), help=text),
        ]
    return parameter.replace(
        kind=inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
    )


def _numbers(text: Any) -> object:
    """A parser of numbers with commas between them."""
    if not isinstance(text, str):
        return text  # a default
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no list of numbers like 0.24,0.6,1") from None


def _metavar(*kinds: object) -> str:
    words = {int: "INT", float: "FLOAT", str: "TEXT", type(None): "none"}
    return "|".join(words[kind] for kind in kinds if kind in words)


def _one_of_kinds(kinds: tuple[object, ...]) -> Callable[[Any], object]:
    """A parser for a union: the first kind that takes the text, ``none`` where None is allowed."""

    def parse(text: Any) -> object:
        if not isinstance(text, str):
            return text  # a default
        if text.lower() == "none" and type(None) in kinds:
            return None
        for kind in (int, float, str):
            if kind in kinds:
                try:
                    return kind(text)
                except ValueError:
                    continue
        raise typer.BadParameter(f"{text!r} is no {_metavar(*kinds)}")

    return parse
