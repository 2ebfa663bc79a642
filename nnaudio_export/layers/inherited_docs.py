"""Docstrings that are completed by those of the base classes: what is shared is said once.

A layer's docstring documents what is its own. Arguments of its constructor that it leaves out, and
whole sections, come from the nearest base class that has them; ``help`` and the command line show
the whole.
"""

import inspect
import re
import textwrap
from collections.abc import Iterable

SECTIONS = ("Args", "Attributes", "Shape", "Raises", "Warns", "Reference", "Example")
_INHERITED = ("Shape", "Raises")
_WIDTH = 96  # of a line, less the indentation of a docstring in its class


def completed(cls: type) -> str:
    """The docstring of a class, with what its base classes say of its constructor's arguments.

    Example:
        >>> class Base:
        ...     '''A base.
        ...
        ...     Args:
        ...         sr: sampling rate in Hz.
        ...     '''
        >>> class Mine(Base):
        ...     '''Mine.
        ...
        ...     Args:
        ...         size: of it.
        ...     '''
        ...     def __init__(self, sr: float, size: int) -> None: ...
        >>> print(completed(Mine))
        Mine.
        <BLANKLINE>
        Args:
            sr: sampling rate in Hz.
            size: of it.
        <BLANKLINE>
    """
    summary, own = sections(cls)
    bases = [sections(base)[1] for base in cls.__mro__[1:]]
    known = {
        name: text
        for section in (*reversed(bases), own)
        for name, text in arguments(section.get("Args", "")).items()
    }
    taken = [_documented(parameter) for parameter in inspect.signature(cls).parameters.values()]
    # A base class documents arguments of the classes below it, which are none of its own.
    names = dict.fromkeys([*taken, *arguments(own.get("Args", ""))])
    own["Args"] = "".join(_entry(name, known[name]) for name in names if name in known)
    for name in _INHERITED:
        found = next((base[name] for base in bases if name in base), "")
        own.setdefault(name, found)
    texts = (f"{name}:\n{own[name].rstrip()}\n\n" for name in SECTIONS if own.get(name))
    return f"{summary.rstrip()}\n\n{''.join(texts)}".rstrip() + "\n"


def sections(cls: type) -> tuple[str, dict[str, str]]:
    """What a class's own docstring says first, and its sections by name."""
    text = inspect.cleandoc(vars(cls).get("__doc__") or "")
    parts = re.split(rf"^({'|'.join(SECTIONS)}):\n", text, flags=re.MULTILINE)
    return parts[0], dict(zip(parts[1::2], parts[2::2], strict=True))


def arguments(section: str) -> dict[str, str]:
    r"""The texts of an ``Args`` section by name, each in one line.

    Example:
        >>> arguments("    sr: sampling rate\n        in Hz.\n    **kwargs: more.")
        {'sr': 'sampling rate in Hz.', '**kwargs': 'more.'}
    """
    entries = re.findall(r"^    (\**\w+): (.*(?:\n {8}.*)*)", section, re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in entries}


def _documented(parameter: inspect.Parameter) -> str:
    starred = parameter.kind is inspect.Parameter.VAR_KEYWORD
    return f"**{parameter.name}" if starred else parameter.name


def _entry(name: str, text: str) -> str:
    lines: Iterable[str] = textwrap.wrap(
        f"{name}: {text}",
        _WIDTH,
        initial_indent=" " * 4,
        subsequent_indent=" " * 8,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines) + "\n"
