"""What is a module's own: may another form stand for it, or has somebody added something?"""

from torch import nn

from nnaudio_contract.spec import Described

# Of a front end inside another, which the outer one's forms go past.
_INNER = ("lowered", "chain")
# Where the contract's own classes stand, which have every face.
_BASES = tuple(f"{__package__}.{name}" for name in ("block", "front_end"))


def added_to(module: nn.Module, *faces: str) -> str:
    """What somebody added to a module, that its other forms do not have; empty where nothing.

    Hooks on the module or a part of it count, a ``forward`` or ``__call__`` of its own, and a class
    that changes them without saying what becomes of its other forms.

    Args:
        module: whose other forms are asked for.
        faces: the methods that make them, e.g. ``"lowered"`` and ``"chain"``.

    Returns:
        A clause for a message, e.g. ``"it has a forward hook on 'stft'"``.

    Example:
        >>> layer = nn.Sequential(nn.Identity())
        >>> _ = layer[0].register_forward_hook(lambda module, given, output: 2 * output)
        >>> added_to(nn.Identity(), "lowered"), added_to(layer, "lowered")
        ('', "it has a forward hook on '0'")
    """
    for name, part in module.named_modules():
        where = f" on {name!r}" if name else ""
        if part._forward_hooks:
            return f"it has a forward hook{where}"
        if part._forward_pre_hooks:
            return f"it has a forward pre-hook{where}"
        if "forward" in vars(part):
            return f"its forward was replaced{where}"
        kind = type(part)
        own = faces if part is module else _INNER if isinstance(part, Described) else ()
        if own and (changed := _changed(kind, own)):
            return changed
    return ""


def _changed(kind: type[nn.Module], faces: tuple[str, ...]) -> str:
    """Whether a class below the one that wrote a face changes what the face stands for."""
    writers = [
        order
        for order, owner in enumerate(kind.__mro__)
        # What the contract's own bases say holds for every module.
        if set(faces) & vars(owner).keys() and owner.__module__ not in _BASES
    ]
    for owner in kind.__mro__[: min(writers, default=0)]:
        for method in ("forward", "__call__"):
            if method in vars(owner):
                return f"{owner.__name__} has a {method} of its own"
    return ""
