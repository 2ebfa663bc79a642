"""Chooses the execution provider of a session, and never falls back without a word."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nnaudio_runtime.engines.cuda_driver import cuda_driver
from nnaudio_runtime.errors import ProviderError
from nnaudio_runtime.extras import onnxruntime

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"

Provider = str | tuple[str, Mapping[str, Any]]
Providers = str | Sequence[Provider]
Opener = Callable[[list[Provider]], "InferenceSession"]

REMEDY = (
    'Check that nvidia-smi runs and install "nnaudio-runtime[cuda]" in place of [cpu], '
    'or load with providers="cpu"'
)

_log = logging.getLogger("nnaudio_runtime")


def cuda_options(cuda_graph: bool = False) -> dict[str, str]:
    """The options of ONNX Runtime's CUDA provider that a front end wants.

    TF32 is off: it keeps ten bits of a product's mantissa, and the parity that was proven at
    export is 1e-5. The convolution algorithm is chosen by cuDNN's heuristic, since ONNX Runtime's
    default, an exhaustive search, starts anew for every length of audio.
    """
    return {
        "use_tf32": "0",
        "cudnn_conv_algo_search": "HEURISTIC",
        "enable_cuda_graph": "1" if cuda_graph else "0",
    }


def open_session(open_with: Opener, providers: Providers, cuda_graph: bool) -> InferenceSession:
    """Opens a session on the provider asked for.

    Args:
        open_with: opens the session on a list of providers.
        providers: ``"auto"``, ``"cuda"``, ``"cpu"``, or a list as ONNX Runtime takes it, every
            member of which must then be active.
        cuda_graph: capture the graph on CUDA.

    Raises:
        ProviderError: what was asked for does not work; the message has the reason and the remedy.
        ValueError: ``providers`` is none of these.
    """
    if not isinstance(providers, str):
        return _open_strictly(open_with, list(providers))
    if providers == "cpu":
        return open_with([CPU])
    if providers not in ("auto", "cuda"):
        raise ValueError(
            f"providers is {providers!r}, it must be 'auto', 'cuda', 'cpu' or a list of names"
        )
    try:
        return _open_strictly(open_with, [(CUDA, cuda_options(cuda_graph)), CPU])
    except ProviderError as error:
        if providers == "cuda":
            raise ProviderError(f"providers='cuda' does not work: {error}. {REMEDY}") from None
        _log.info("CUDA does not work (%s)", error)
        return open_with([CPU])


def _open_strictly(open_with: Opener, providers: list[Provider]) -> InferenceSession:
    """Opens a session and makes sure that every provider named is active in it."""
    names = [provider if isinstance(provider, str) else provider[0] for provider in providers]
    available = onnxruntime().get_available_providers()
    for name in names:
        if name not in available:
            raise ProviderError(
                f"the installed ONNX Runtime has no {name}, it has {', '.join(available)}"
            )
    complaints = _prepare_cuda() if CUDA in names else ""
    session = open_with(providers)
    # ONNX Runtime itself goes on without a provider that does not start.
    missing = [name for name in names if name not in session.get_providers()]
    if missing:
        raise ProviderError(f"ONNX Runtime cannot start {', '.join(missing)}. {complaints}".strip())
    return session


def _prepare_cuda() -> str:
    """Asks the driver, then loads the CUDA libraries that pip installed.

    Without a driver, ONNX Runtime would write its C++ errors to stderr before it goes on without.

    Returns:
        What ONNX Runtime has to say about libraries that it does not find; it prints that.
    """
    cuda_driver()
    printed = io.StringIO()
    preload = getattr(onnxruntime(), "preload_dlls", None)  # ONNX Runtime >= 1.21
    if preload is not None:
        with contextlib.redirect_stdout(printed):
            preload()
    return " ".join(printed.getvalue().split())
