"""What every layer shares: its configuration and its description for the exporters."""

import inspect
import logging
from collections.abc import Mapping
from typing import ClassVar

from nnaudio_contract import FrontEnd

from nnaudio_export.checks import number, one_of, whole_number

logger = logging.getLogger("nnaudio_export")


class Layer(FrontEnd):
    """Base of the layers.

    A layer calls ``super().__init__(locals())`` first, so that it knows how it was made, builds its
    blocks, and describes itself.

    Attributes:
        config: the constructor's arguments by name.
    """

    # Where a layer hands its ``**kwargs`` on to; the command line offers those arguments too.
    kwargs_of: ClassVar["type[Layer] | None"] = None

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


def frame_sizes(
    n_fft: object, win_length: object | None, hop_length: object | None
) -> tuple[int, int, int]:
    """Checks the three sizes of a framed transform and fills in nnAudio's defaults.

    Args:
        n_fft: samples of a frame.
        win_length: samples of the window inside it; None for ``n_fft``.
        hop_length: samples from frame to frame; None for a quarter of ``win_length``.

    Returns:
        The three as int.

    Example:
        >>> frame_sizes(2048, None, None)
        (2048, 2048, 512)
    """
    fft = whole_number("n_fft", n_fft, minimum=2)
    win = fft if win_length is None else whole_number("win_length", win_length, maximum=fft)
    hop = max(win // 4, 1) if hop_length is None else whole_number("hop_length", hop_length)
    return fft, win, hop


def check_sample_rate(sr: object) -> float:
    """Checks the sampling rate in Hz."""
    return number("sr", sr, above=0)


def shortest_audio(n_fft: int, *, center: bool, pad_mode: str) -> int:
    """Fewest samples that give one frame and that the padding can work on.

    Example:
        >>> shortest_audio(1024, center=True, pad_mode="reflect")
        513
    """
    if not center:
        return n_fft
    one_of("pad_mode", pad_mode, ("reflect", "constant"))
    return n_fft // 2 + 1 if pad_mode == "reflect" else max(1, n_fft - 2 * (n_fft // 2))


def fewest_frames(samples: int, *, frame_length: int, hop_length: int, trimmed: int) -> int:
    """Fewest frames that, overlapped and trimmed, give so many samples.

    Args:
        samples: wanted, at least 1.
        frame_length: samples of a frame.
        hop_length: samples from one frame to the next.
        trimmed: samples that are cut off both ends together.

    Example:
        >>> fewest_frames(513, frame_length=1024, hop_length=256, trimmed=1024)
        4
    """
    missing = samples - (frame_length - trimmed)
    return 1 + max(0, -(-missing // hop_length))
