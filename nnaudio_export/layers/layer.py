"""What every layer shares: its configuration and its documentation."""

import inspect
import logging
from collections.abc import Mapping
from typing import Any, ClassVar

from nnaudio_contract import FrontEnd

from nnaudio_export.checks import number
from nnaudio_export.layers.inherited_docs import completed

logger = logging.getLogger("nnaudio_export")


class Layer(FrontEnd):
    """Base of the layers.

    A layer calls ``super().__init__(locals())`` first, so that it knows how it was made, builds its
    blocks, and describes itself. What its docstring does not say of an argument, that of a base
    class does.

    Args:
        arguments: of the layer's own constructor: its ``locals()``.
        sr: sampling rate of the audio in Hz.
        verbose: log the layer's description.

    Attributes:
        config: the constructor's arguments by name.

    Raises:
        ValueError: an argument is out of its range, or the audio does not fit.
    """

    # Where a layer hands its ``**kwargs`` on to; the command line offers those arguments too.
    kwargs_of: ClassVar["type[Layer] | None"] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if vars(cls).get("__doc__"):  # Python's -OO leaves none
            cls.__doc__ = completed(cls)

    def __init__(self, arguments: Mapping[str, object]) -> None:
        super().__init__()
        names = [name for name in inspect.signature(type(self)).parameters if name in arguments]
        # A local: TorchScript reads annotations of attributes, and does not know this type.
        config: dict[str, object] = {name: arguments[name] for name in names if name != "kwargs"}
        kwargs = arguments.get("kwargs", {})
        assert isinstance(kwargs, dict)
        self.config = config | kwargs

    def created(self, verbose: bool) -> None:
        """Logs the layer where ``verbose`` asks for it (nnAudio prints; a library logs)."""
        if verbose:
            logger.info("created %s", self)

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self.config.items())


def check_sample_rate(sr: object) -> float:
    """Checks the sampling rate in Hz."""
    return number("sr", sr, above=0)
