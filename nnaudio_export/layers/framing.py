"""Audio cut into frames: the arguments that say how, their checks and what follows from them."""

from nnaudio_export.checks import one_of, whole_number
from nnaudio_export.layers.layer import Layer


class Framed(Layer):
    """Base of the layers that work on frames of a fixed number of samples.

    Args:
        n_fft: samples of a frame, at least 2.
        win_length: samples of the window, centred in the frame; None for ``n_fft``.
        hop_length: samples from one frame to the next; None for ``win_length // 4``.
        window: a window that :func:`scipy.signal.get_window` knows, e.g. ``"hann"``.
        center: pad so that the centre of frame m is sample ``m * hop_length``; else frame m
            starts there.
        pad_mode: ``"reflect"`` or ``"constant"`` (zeros).
    """


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
